// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace nestwalk::bench {

/// One row of the final table.
struct Result {
  std::string row;
  std::string unit;  ///< Of `measured` and `goal`: `x` is a ratio to the bare loop, `pairs` one to
                     ///< two dependent loads a reference.
  std::optional<double> goal;  ///< At most this; none: for information.
  double measured = 0;         ///< Median.
  double least = 0;            ///< Of the repetitions.
  double most = 0;
  double rate = 0;            ///< Data references a CPU second; 0: none.
  double yardstick_rate = 0;  ///< Of what it is a ratio to, likewise.

  bool met() const { return !goal || measured <= *goal; }
};

double median(std::vector<double> values);
/// The median of repetitions, and their range.
Result summarize(const std::string& row, const std::string& unit, std::optional<double> goal,
                 const std::vector<double>& values);

void print_table(const std::vector<Result>& results);
void write_json(const std::string& path, const std::vector<Result>& results);

}  // namespace nestwalk::bench
