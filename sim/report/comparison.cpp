// SPDX-License-Identifier: Apache-2.0
#include "sim/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number_text.h"
#include "sim/report/result_counts.h"

namespace nestwalk {
namespace {

constexpr double kBarLength = 24;

std::string bar(double overhead, double longest) {
  if (longest <= 0) return {};
  return std::string(static_cast<size_t>(overhead / longest * kBarLength + 0.5), '#');
}

/// As far as digits tell: 24, but 1.07.
std::string per_walk(double part, double walks) {
  return walks == 0 ? "-" : fmt::format("{:.3g}", part / walks);
}

std::string format(const ResultCounts& row, const ResultCounts& first, double longest,
                   const std::string& stream) {
  const double per_reference = row.references == 0 ? 0 : row.cycles / row.references;
  const double base = first.references == 0 ? 0 : first.cycles / first.references;
  std::string line = fmt::format(
      "{:<17}{:<7}{:>8}{:>11}{:>11}{:>9}{:>9}{:>8}{:>9}{:>11}  {:<24}  {}", row.mode, row.pages,
      ratio(per_reference, base, 3), ratio(1000 * row.l1_misses, row.references, 1),
      ratio(1000 * row.completed, row.references, 1), ratio(1000 * row.walks, row.references, 1),
      ratio(row.walk_cycles, row.walks, 1), per_walk(row.table_reads, row.walks),
      per_walk(row.checks, row.walks), row.overhead ? percent(*row.overhead, 1) : "-",
      bar(row.overhead.value_or(0), longest), stream);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + (row.interrupted ? "  interrupted\n" : "\n");
}

constexpr char kHead[] =
    "                           time   --- a thousand references ---   ----- a walk -----      "
    "walk\n"
    "mode             pages  to first   L1 misses  segments    walks   cycles  reads   checks"
    "   overhead\n";

}  // namespace

std::string compare(const std::vector<nlohmann::json>& results) {
  std::vector<ResultCounts> rows;
  double longest = 0;
  for (const nlohmann::json& result : results) {
    rows.push_back(read_counts(result));
    longest = std::max(longest, rows.back().overhead.value_or(0));
  }
  const auto differ = [&rows](auto member) {
    return std::any_of(rows.begin(), rows.end(), [&](const ResultCounts& row) {
      return row.*member != rows.front().*member;
    });
  };
  const bool name_streams = differ(&ResultCounts::stream);
  std::string text = kHead;
  for (const ResultCounts& row : rows)
    text += format(row, rows.front(), longest, name_streams ? row.stream : "");
  if (differ(&ResultCounts::references))
    text += "\ntime is of a reference: not all have as many of them\n";
  return text;
}

}  // namespace nestwalk
