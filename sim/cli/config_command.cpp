// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/run_options.h"
#include "sim/config/write.h"

namespace nestwalk {

void add_config_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "config",
      "Print the resolved configuration: every key with unit, range, default and source.\n"
      "Example: nestwalk config --preset modern > machine.toml");
  const auto request = std::make_shared<ConfigRequest>();
  add_machine_options(*command, *request);
  command->callback([=, &action] {
    action = [=] {
      std::fputs(to_toml(load_config(*request)).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace nestwalk
