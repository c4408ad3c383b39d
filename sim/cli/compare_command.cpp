// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "sim/cli/commands.h"
#include "sim/cli/json_output.h"
#include "sim/cli/number_range.h"
#include "sim/config/json_file.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/io/units.h"
#include "sim/report/comparison.h"
#include "sim/report/difference.h"
#include "sim/report/result_counts.h"
#include "sim/sweep/database.h"
#include "sim/sweep/sweep_difference.h"

namespace nestwalk {
namespace {

struct CompareOptions {
  std::vector<std::string> operands;
  std::optional<double> tolerance;
  std::string json;
};

nlohmann::json read_result(const std::string& path) {
  auto result = parse_json_file(path);
  try {
    read_counts(result);
  } catch (const InputError& error) {
    throw InputError(path, error.what());
  }
  return result;
}

/// The database of `RESULTS.sqlite:17`; empty if this is no point of a sweep.
std::string sweep_of(const std::string& operand) {
  const size_t colon = operand.rfind(':');
  const std::string path = operand.substr(0, colon);
  std::error_code ignored;
  const bool is_point = colon != operand.npos && !std::filesystem::exists(operand, ignored) &&
                        std::filesystem::is_regular_file(path, ignored);
  return is_point ? path : std::string();
}

/// `RESULT.json`, or `RESULTS.sqlite:17` for a point of a sweep.
nlohmann::json read_operand(const std::string& operand) {
  const std::string path = sweep_of(operand);
  if (path.empty()) return read_result(operand);
  uint64_t point = 0;
  try {
    point = parse_whole(operand.substr(path.size() + 1));
  } catch (const InputError& error) {
    throw InputError(operand, error.what());
  }
  if (point > INT64_MAX) throw InputError(path, fmt::format("has no point {}", point));
  return result_of_point(path, static_cast<int64_t>(point));
}

/// Text, JSON and exit code of a difference of any kind.
template <class AnyDifference>
int report(const CompareOptions& options, const std::string& table, const AnyDifference& found) {
  const bool holds = !options.tolerance || found.relative_change() <= *options.tolerance;
  nlohmann::ordered_json json = to_json(found);
  if (options.tolerance) json["tolerance"] = *options.tolerance;
  json["holds"] = holds;
  write_result(table + to_text(found) + (holds ? "" : "past the tolerance\n"), json, options.json);
  return holds ? 0 : 1;
}

int compare_command(const CompareOptions& options) {
  const auto& operands = options.operands;
  if (operands.size() != 2 && (options.tolerance || !options.json.empty()))
    throw InputError("--tolerance and --json need exactly two results");
  if (!options.json.empty()) {
    require_writable(options.json);
    for (const std::string& operand : operands) {
      require_apart(options.json, operand);
      require_apart(options.json, sweep_of(operand));
    }
  }
  if (operands.size() == 2 && Database::is_one(operands[0]) && Database::is_one(operands[1]))
    return report(options, "", sweep_difference(operands[0], operands[1]));

  std::vector<nlohmann::json> results;
  for (const std::string& operand : operands) {
    if (Database::is_one(operand))
      throw InputError(operand, "is a database: compare it with another one, or name a point as " +
                                    operand + ":17");
    results.push_back(read_operand(operand));
  }
  const std::string table = compare(results);
  if (operands.size() == 2)
    return report(options, table + "\n", difference(results[0], results[1]));
  std::fputs(table.c_str(), stdout);
  return 0;
}

}  // namespace

void add_compare_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "compare",
      "Print one table of several results; of two, what changed and why. Time is cycles a data "
      "reference, relative to the first result's.\n"
      "Example: nestwalk compare native.json vmm-direct.json\n"
      "Example: nestwalk compare before.sqlite after.sqlite --tolerance 0.01");
  const auto options = std::make_shared<CompareOptions>();
  command
      ->add_option("results", options->operands,
                   "Files of `nestwalk run --json`, points of a sweep as RESULTS.sqlite:17, or two "
                   "sweeps' databases")
      ->type_name("RESULT")
      ->required();
  command
      ->add_option("--tolerance", options->tolerance,
                   "Exit 1 if cycles or walk cycles of two changed by more than this share")
      ->type_name("X")
      ->check(number_in(0, 1e9));
  add_json_option(*command, options->json, "what changed");
  command->callback([=, &action] { action = [=] { return compare_command(*options); }; });
}

}  // namespace nestwalk
