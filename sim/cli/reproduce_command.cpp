// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/number_range.h"
#include "sim/reproduce/reproduce.h"

namespace nestwalk {

void add_reproduce_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "reproduce",
      "Reproduce the paper's figures and tables and the measured latency surface: CSV, SVG and a "
      "page.\n"
      "Goes on where it was interrupted when it is given the same directory.\n"
      "Example: nestwalk reproduce fig11 -o results");
  const auto spec = std::make_shared<ReproductionSpec>();
  command->add_option("what", spec->what, fmt::format("What: {}", fmt::join(reproductions(), ", ")))
      ->capture_default_str();
  command->add_option("--scale", spec->scale, "Length of the runs; 1 takes minutes")
      ->type_name("S")
      ->check(number_in(0.0001, 1000))
      ->capture_default_str();
  command->add_option("-o", spec->directory, "Directory for the results")
      ->type_name("DIR")
      ->required();
  command->callback([=, &action] {
    action = [=] {
      std::printf("%s\n", reproduce(*spec).c_str());
      return 0;
    };
  });
}

}  // namespace nestwalk
