// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/number_range.h"
#include "sim/cli/run_options.h"
#include "sim/experiment/verification.h"
#include "sim/io/input_error.h"
#include "sim/process/processors.h"

namespace nestwalk {
namespace {

struct VerifyOptions {
  ConfigRequest request;
  std::string format;
  std::string json;
  double tolerance = VerificationSpec{}.tolerance;
};

int verify_command(const VerifyOptions& options) {
  VerificationSpec spec;
  spec.run = run_spec(load_config(options.request).config, options.format);
  if (spec.run.config.software.model == SoftwareModel::kManaged)
    throw InputError("software.model",
                     "must be fixed: verify runs all modes, natively too, and never the managed "
                     "software");
  spec.tolerance = options.tolerance;
  spec.workers = available_processors();
  require_output(options.json, options.request, spec.run.config);
  const Verification verification = verify(spec);
  write_result(to_text(verification), to_json(verification), options.json);
  return verification.holds() ? 0 : 1;
}

}  // namespace

void add_verify_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "verify",
      "Run one address stream in every mode and hold the paper's linear model against it.\n"
      "Exit 1 where the model misses by more than the tolerance, or walks miss the closed forms.\n"
      "Example: nestwalk verify --workload gups:size=1GiB,updates=1000000 --tolerance 0.1");
  const auto options = std::make_shared<VerifyOptions>();
  add_machine_options(*command, options->request);
  add_stream_options(*command, options->request, options->format);
  command->get_option("--trace")->description(
      "Recorded address stream, a file: it is read once a mode");
  command->get_option("--beside")->group("");             // verify() says why not
  command->remove_option(command->get_option("--mode"));  // all of them run
  // Loaded as of this mode: native, the default, would have managed software refused for the mode.
  options->request.options.push_back(
      {"mode", Value(std::string("base-virtualized")), "verify", {}});
  command->add_option("--tolerance", options->tolerance, "Largest relative error that holds")
      ->type_name("X")
      ->check(number_in(0, 1e9))
      ->capture_default_str();
  add_json_option(*command, options->json);
  command->callback([=, &action] { action = [=] { return verify_command(*options); }; });
}

}  // namespace nestwalk
