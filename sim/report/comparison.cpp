// SPDX-License-Identifier: Apache-2.0
#include "sim/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/config/input_error.h"
#include "sim/report/number_text.h"

namespace nestwalk {
namespace {

constexpr double kBarLength = 24;

/// What the table shows of a run.
struct Row {
  std::string mode;
  std::string pages;
  double references;
  double cycles;
  double l1_misses;
  double completed;
  double walks;
  double walk_cycles;
  double table_reads;
  double checks;
  std::optional<double> overhead;
};

Row read_row(const nlohmann::json& json) {
  try {
    const nlohmann::json& walks = json.at("walks");
    Row row{json.at("mode"),
            json.at("pages"),
            json.at("references"),
            json.at("cycles"),
            json.at("l1_tlb").at("misses"),
            json.at("segments").at("completed"),
            walks.at("count"),
            walks.at("cycles"),
            walks.at("memory_references"),
            walks.at("segment_checks"),
            std::nullopt};
    if (!json.at("overhead").is_null()) row.overhead = json.at("overhead").get<double>();
    return row;
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("not a result of `nestwalk run --json`: ") + error.what());
  }
}

std::string bar(double overhead, double longest) {
  if (longest <= 0) return {};
  return std::string(static_cast<size_t>(overhead / longest * kBarLength + 0.5), '#');
}

/// As far as digits tell: 24, but 1.07.
std::string per_walk(double part, double walks) {
  return walks == 0 ? "-" : fmt::format("{:.3g}", part / walks);
}

std::string format(const Row& row, const Row& first, double longest) {
  const double per_reference = row.references == 0 ? 0 : row.cycles / row.references;
  const double base = first.references == 0 ? 0 : first.cycles / first.references;
  std::string line = fmt::format(
      "{:<17}{:<7}{:>8}{:>11}{:>11}{:>9}{:>9}{:>8}{:>9}{:>11}  {}", row.mode, row.pages,
      ratio(per_reference, base, 3), ratio(1000 * row.l1_misses, row.references, 1),
      ratio(1000 * row.completed, row.references, 1), ratio(1000 * row.walks, row.references, 1),
      ratio(row.walk_cycles, row.walks, 1), per_walk(row.table_reads, row.walks),
      per_walk(row.checks, row.walks), row.overhead ? percent(*row.overhead, 1) : "-",
      bar(row.overhead.value_or(0), longest));
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

constexpr char kHead[] =
    "                           time   --- a thousand references ---   ----- a walk -----      "
    "walk\n"
    "mode             pages  to first   L1 misses  segments    walks   cycles  reads   checks"
    "   overhead\n";

}  // namespace

std::string compare(const std::vector<nlohmann::json>& results) {
  std::vector<Row> rows;
  double longest = 0;
  for (const nlohmann::json& result : results) {
    rows.push_back(read_row(result));
    longest = std::max(longest, rows.back().overhead.value_or(0));
  }
  std::string text = kHead;
  for (const Row& row : rows) text += format(row, rows.front(), longest);
  return text;
}

}  // namespace nestwalk
