// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/linear/linear_model.h"

namespace nestwalk {

/// What a cycle-level run of the same design found, over the walks that the prediction speaks of.
struct ObservedWalks {
  double walks = 0;
  double cycles = 0;
  double check_cycles = 0;  ///< Of `cycles`, those of segment checks.
};

/// Why simulated cycles differ from predicted ones, each as a share of the predicted cycles. The
/// parts sum to the error, exactly but for rounding.
struct ErrorSplit {
  double miss_count = 0;  ///< Another number of walks than predicted, at the predicted cost each.
  double walk_cost = 0;   ///< Another mean cost of a walk, checks apart.
  double check_cost = 0;  ///< Another mean cost of a walk's checks.
  double filter = 0;      ///< Misses on pages that escaped a segment, all about them.

  /// Simulated / predicted - 1.
  double error() const { return miss_count + walk_cost + check_cost + filter; }
};

/// Splits the error of `observed` against `predicted`. The misses on escaped pages are given apart,
/// and what differs there is the filter's. Throws std::domain_error if nothing was predicted.
ErrorSplit split_error(const Prediction& predicted, const ObservedWalks& observed,
                       const Prediction& predicted_escaped = {},
                       const ObservedWalks& observed_escaped = {});

}  // namespace nestwalk
