// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/run_options.h"
#include "sim/config/input_error.h"
#include "sim/config/write.h"
#include "sim/experiment/run.h"
#include "sim/report/output_file.h"
#include "sim/report/run_result.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

struct RunOptions {
  ConfigRequest request;
  std::string format;
  std::string json;
  bool ideal = false;
  bool dump_config = false;
};

bool asks_for_workload_help(const RunOptions& options) {
  for (const Setting& option : options.request.options)
    if (option.key == "workload" && option.value == Value(std::string("help"))) return true;
  return false;
}

void report(const RunResult& result, const std::string& json) {
  if (json != "-") std::fputs(to_text(result).c_str(), stdout);
  if (!json.empty()) write_file_atomically(json, to_json(result).dump(2) + "\n");
}

int run_command(const RunOptions& options) {
  if (asks_for_workload_help(options)) {
    std::fputs(workload_help().c_str(), stdout);
    return 0;
  }
  const LoadedConfig loaded = load_config(options.request);
  if (options.dump_config) {
    std::fputs(to_toml(loaded).c_str(), stdout);
    return 0;
  }
  RunSpec spec = run_spec(loaded.config, options.format);
  spec.ideal = options.ideal;
  if (!options.json.empty()) require_writable(options.json);
  report(run(spec), options.json);
  return 0;
}

}  // namespace

void add_run_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "run",
      "Run one address stream through one machine and say what translation cost.\n"
      "Example: nestwalk run --trace sort.nwt --mode vmm-direct --pages 4K+4K --json result.json");
  const auto options = std::make_shared<RunOptions>();
  add_machine_options(*command, options->request);
  add_stream_options(*command, options->request);
  command
      ->add_option("--format", options->format,
                   "Format of the trace where its content leaves doubt")
      ->type_name("F");
  command->add_flag("--ideal", options->ideal,
                    "Find ideal_cycles by a second run with translation free");
  command->add_flag("--dump-config", options->dump_config,
                    "Print the resolved configuration and stop");
  command->add_option("--json", options->json, "Write the result as JSON; - is standard output")
      ->type_name("FILE");
  command->callback([=, &action] { action = [=] { return run_command(*options); }; });
}

}  // namespace nestwalk
