// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/not_empty.h"
#include "sim/cli/number_range.h"
#include "sim/cli/run_options.h"
#include "sim/config/write.h"
#include "sim/experiment/run.h"
#include "sim/intervals/intervals.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/process/processors.h"
#include "sim/report/number_text.h"
#include "sim/report/run_result.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"
#include "sim/sweep/sweep.h"

namespace nestwalk {
namespace {

struct RunOptions {
  ConfigRequest request;
  std::string format;
  std::string json;
  bool ideal = false;
  bool dump_config = false;
  IntervalOptions intervals;
};

bool asks_for_workload_help(const RunOptions& options) {
  for (const Setting& option : options.request.options)
    if (option.key == "workload" && option.value == Value(std::string("help"))) return true;
  return false;
}

int report(const RunResult& result, const std::string& json) {
  write_result(to_text(result), to_json(result), json);
  if (!result.host->interrupted) return 0;
  fmt::print(stderr, "nestwalk: interrupted: the result is of {} references\n",
             with_commas(result.references));
  return 1;
}

std::string to_text(const nlohmann::ordered_json& joined) {
  struct Line {
    const char* name;
    const char* count;
    const char* error;  ///< Of `intervals.error`.
  };
  constexpr Line kLines[] = {{"references", "/references", ""},
                             {"cycles", "/cycles", "cycles"},
                             {"  stalled on translation", "/stall_cycles", "stall_cycles"},
                             {"L1 TLB misses", "/l1_tlb/misses", "l1_tlb_misses"},
                             {"L2 TLB misses", "/l2_tlb/misses", "l2_tlb_misses"},
                             {"page walks", "/walks/count", "walk_count"},
                             {"  cycles", "/walks/cycles", "walk_cycles"}};
  const auto& intervals = joined.at("intervals");
  const auto& errors = intervals.at("error");
  std::string text =
      fmt::format("{} intervals, each warmed up by {} data references\n",
                  with_commas(intervals.at("count")), with_commas(intervals.at("warmup")));
  if (intervals.at("done") != intervals.at("count"))
    text +=
        fmt::format("interrupted: of the first {} of them\n", with_commas(intervals.at("done")));
  text += '\n';
  if (!errors.is_null()) text += fmt::format("{:>64}\n", "from one whole run");
  for (const Line& line : kLines) {
    const uint64_t count = joined.at(nlohmann::ordered_json::json_pointer(line.count));
    text += fmt::format("{:<31}{:>15}", line.name, with_commas(count));
    if (errors.contains(line.error)) {
      const auto& error = errors.at(line.error);
      text += fmt::format(
          "{:>18}", error.is_null() ? "-" : fmt::format("{:+.4f} %", 100 * error.get<double>()));
    }
    text += '\n';
  }
  if (errors.is_null())
    text += "\nHow far this is from one whole run was not measured: --interval-error\n";
  return text;
}

int run_in_intervals(const RunOptions& options, const RunSpec& spec) {
  if (spec.ideal || spec.format) throw InputError("--intervals goes without --ideal and --format");
  IntervalOptions intervals = options.intervals;
  if (!intervals.results.empty() && options.json == intervals.results)
    throw InputError("--interval-results", "names the file of --json; results are kept in another");
  require_apart(options.json, intervals.results);
  intervals.workers = available_processors();
  const nlohmann::ordered_json joined = run_intervals(spec.config, intervals);
  write_result(to_text(joined), joined, options.json);
  const auto& how = joined.at("intervals");
  std::string missing;
  if (how.at("done") != how.at("count"))
    missing = fmt::format("the result is of the first {} of {} parts", how.at("done").get<size_t>(),
                          intervals.count);
  else if (intervals.measure_error && how.at("error").is_null())
    missing = "the whole run was not done, and the error is not known";
  if (missing.empty()) return 0;
  if (!intervals.results.empty()) missing += "; the same command goes on from here";
  fmt::print(stderr, "nestwalk: interrupted: {}\n", missing);
  return 1;
}

int run_command(const RunOptions& options) {
  if (asks_for_workload_help(options)) {
    if (!options.json.empty()) throw InputError("--json", "there is no result: help is text");
    std::fputs(workload_help().c_str(), stdout);
    return 0;
  }
  const LoadedConfig loaded = load_config(options.request);
  require_output(options.json, options.request, loaded.config);
  require_output(options.intervals.results, options.request, loaded.config);
  if (options.dump_config) {
    write_result(to_toml(loaded), to_json(loaded.config), options.json);
    return 0;
  }
  RunSpec spec = run_spec(loaded.config, options.format);
  spec.ideal = options.ideal;
  if (options.intervals.count != 0) return run_in_intervals(options, spec);
  return report(run(spec), options.json);
}

}  // namespace

void add_run_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "run",
      "Run one address stream through one machine and say what translation cost.\n"
      "Example: nestwalk run --trace sort.nwt --mode vmm-direct --pages 4K+4K --json result.json");
  const auto options = std::make_shared<RunOptions>();
  add_machine_options(*command, options->request);
  add_stream_options(*command, options->request, options->format);
  command->add_flag("--ideal", options->ideal,
                    "Find ideal_cycles by a second run with translation free");
  command->add_flag("--dump-config", options->dump_config,
                    "Print the resolved configuration and stop");
  CLI::Option* const intervals =
      command
          ->add_option("--intervals", options->intervals.count,
                       "Cut the stream into N parts that run at the same time")
          ->type_name("N")
          ->check(whole_number_in(1, 1000000));
  command
      ->add_option("--interval-warmup", options->intervals.warmup,
                   "Data references that each part runs beforehand")
      ->type_name("N")
      ->check(whole_number_in(0, kMostReferences))
      ->capture_default_str()
      ->needs(intervals);
  command
      ->add_flag("--interval-error", options->intervals.measure_error,
                 "Run the whole as well and say how far the joined parts are from it")
      ->needs(intervals);
  command
      ->add_option("--interval-results", options->intervals.results,
                   "Keep what is done in FILE, and do not run again what is there")
      ->type_name("FILE")
      ->check(not_empty())
      ->needs(intervals);
  add_json_option(*command, options->json);
  command->callback([=, &action] { action = [=] { return run_command(*options); }; });
}

}  // namespace nestwalk
