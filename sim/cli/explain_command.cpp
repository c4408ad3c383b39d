// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/not_empty.h"
#include "sim/cli/parse_option.h"
#include "sim/cli/run_options.h"
#include "sim/config/words.h"
#include "sim/experiment/explain.h"
#include "sim/io/destination.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

struct ExplainOptions {
  ConfigRequest request;
  std::string format;
  std::string address;
  std::string access = "r";
  std::string svg;
  std::string json;
};

/// Of two outputs.
bool are_same(const std::string& one, const std::string& other) {
  if (one == "-" || other == "-") return one == other;
  return destination(one) == destination(other);
}

int explain_command(const ExplainOptions& options) {
  const RunSpec spec = run_spec(load_config(options.request).config, options.format);
  const GuestVirtual address(parse_option("--address", options.address, parse_address));
  const auto access = parse_option("--access", options.access, parse_word<AccessKind>);
  if (!options.svg.empty() && are_same(options.svg, options.json))
    throw InputError("--svg", "and --json cannot both go to " + options.svg);
  require_output(options.svg, options.request, spec.config);
  require_output(options.json, options.request, spec.config);
  const Explanation explanation = explain(spec, address, access);
  write_result(options.svg != "-" ? to_text(explanation) : std::string(), to_json(explanation),
               options.json);
  if (options.svg.empty()) return 0;
  if (!explanation.has_walk())
    throw InputError("--svg", "segments translate the address: there is no walk to draw");
  write_file_atomically(options.svg, to_svg(explanation));
  return 0;
}

}  // namespace

void add_explain_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "explain",
      "Show every step of one translation after a stream has run: which table entries, where they "
      "lay, what they cost.\n"
      "Example: nestwalk explain --workload gups:size=1GiB,updates=100000 --mode base-virtualized "
      "--address 0x10000000000");
  const auto options = std::make_shared<ExplainOptions>();
  add_machine_options(*command, options->request);
  add_stream_options(*command, options->request, options->format);
  command->get_option("--beside")->group("");  // explain() says why not
  command->add_option("--address", options->address, "The address to translate")
      ->type_name("X")
      ->required();
  command->add_option("--access", options->access, "What to explain (default r)")
      ->type_name("r|w|x");
  command->add_option("--svg", options->svg, "Draw the walk too; - is standard output")
      ->type_name("FILE")
      ->check(not_empty());
  add_json_option(*command, options->json, "every step");
  command->callback([=, &action] { action = [=] { return explain_command(*options); }; });
}

}  // namespace nestwalk
