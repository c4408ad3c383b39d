// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/difference.h"

namespace nestwalk {

/// What changed between two sweeps' results, point by point; points are the same where their axes
/// have the same values.
struct SweepDifference {
  struct PointChange {
    int64_t number;    ///< In the first database.
    std::string axes;  ///< `mode = native, l2_tlb.entries = 512`.
    Difference difference;
  };

  std::vector<PointChange> points;    ///< Done in both, the largest change first.
  std::vector<std::string> unpaired;  ///< Done in one only, by their axes.

  /// Of all points; infinite if one has no partner, or if there is none to compare.
  double relative_change() const;
};

/// Throws InputError if a file is no sweep's results or their axes differ.
SweepDifference sweep_difference(const std::string& was, const std::string& is);

std::string to_text(const SweepDifference& difference);
nlohmann::ordered_json to_json(const SweepDifference& difference);

/// The result of one point. Throws InputError if it is not done.
nlohmann::json result_of_point(const std::string& path, int64_t number);

}  // namespace nestwalk
