// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/io/output_file.h"
#include "sim/version.h"

namespace nestwalk::bench {
namespace {

std::string quantity(double value, const std::string& unit) {
  return fmt::format("{:.{}f} {}", value, value < 100 ? 1 : 0, unit);
}

std::string verdict(const Result& result) {
  if (!result.goal) return "";
  return result.met()
             ? "met"
             : fmt::format("missed: {:.2f} times the goal", result.measured / *result.goal);
}

std::string millions(double rate) {
  return rate == 0 ? "" : fmt::format("{:.2f}", rate / 1e6);
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result summarize(const std::string& row, const std::string& unit, std::optional<double> goal,
                 const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {row, unit, goal, median(values), *least, *most};
}

void print_table(const std::vector<Result>& results) {
  constexpr char kLine[] = "{:<52} {:>10} {:>10} {:>21} {:>9} {:>9}  {}\n";
  fmt::print(
      "\nx is CPU time over the bare loop's in the same run, pairs over that of two dependent "
      "loads "
      "a reference; M/s millions of data references a second\n");
  fmt::print(kLine, "", "goal", "measured", "range", "M/s", "yardstick", "");
  for (const Result& result : results) {
    fmt::print(kLine, result.row, result.goal ? quantity(*result.goal, result.unit) : "",
               quantity(result.measured, result.unit),
               quantity(result.least, "") + "- " + quantity(result.most, result.unit),
               millions(result.rate), millions(result.yardstick_rate), verdict(result));
  }
}

void write_json(const std::string& path, const std::vector<Result>& results) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Result& result : results) {
    nlohmann::ordered_json row = {{"row", result.row},
                                  {"unit", result.unit},
                                  {"goal", nullptr},
                                  {"measured", result.measured},
                                  {"least", result.least},
                                  {"most", result.most},
                                  {"met", nullptr},
                                  {"references_per_second", nullptr},
                                  {"yardstick_per_second", nullptr}};
    if (result.goal) {
      row["goal"] = *result.goal;
      row["met"] = result.met();
    }
    if (result.rate != 0) row["references_per_second"] = result.rate;
    if (result.yardstick_rate != 0) row["yardstick_per_second"] = result.yardstick_rate;
    rows.push_back(row);
  }
  const nlohmann::ordered_json json = {{"nestwalk", {{"version", kVersion}}}, {"rows", rows}};
  write_file_atomically(path, json.dump(2) + "\n");
}

}  // namespace nestwalk::bench
