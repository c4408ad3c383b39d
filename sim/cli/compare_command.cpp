// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/config/input_error.h"
#include "sim/report/comparison.h"

namespace nestwalk {
namespace {

nlohmann::json read_result(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw InputError(path, "cannot be read");
  try {
    return nlohmann::json::parse(file);
  } catch (const nlohmann::json::parse_error& error) {
    throw InputError(path, std::string("is no JSON: ") + error.what());
  }
}

}  // namespace

void add_compare_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command =
      app.add_subcommand("compare",
                         "Print one table of several results, time relative to the first.\n"
                         "Example: nestwalk compare native.json vmm-direct.json");
  const auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("results", *paths, "Files that `nestwalk run --json` wrote")
      ->type_name("RESULT.json")
      ->required();
  command->callback([=, &action] {
    action = [=] {
      std::vector<nlohmann::json> results;
      for (const std::string& path : *paths) results.push_back(read_result(path));
      std::fputs(compare(results).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace nestwalk
