// SPDX-License-Identifier: Apache-2.0
#include "model/linear/error_split.h"

#include <stdexcept>

namespace nestwalk {

ErrorSplit split_error(const Prediction& predicted, const ObservedWalks& observed,
                       const Prediction& predicted_escaped, const ObservedWalks& observed_escaped) {
  const double whole = predicted.cycles + predicted_escaped.cycles;
  if (!(whole > 0)) throw std::domain_error("no cycles were predicted: there is no relative error");
  ErrorSplit split;
  split.filter = (observed_escaped.cycles - predicted_escaped.cycles) / whole;
  if (predicted.walks == 0) {  // of walks that no one expected, all is due to their number
    split.miss_count = observed.cycles / whole;
    return split;
  }
  const double scale = observed.walks / predicted.walks;
  const double predicted_bare = predicted.cycles - predicted.check_cycles;
  const double observed_bare = observed.cycles - observed.check_cycles;
  split.miss_count = (scale - 1) * predicted.cycles / whole;
  split.walk_cost = (observed_bare - scale * predicted_bare) / whole;
  split.check_cost = (observed.check_cycles - scale * predicted.check_cycles) / whole;
  return split;
}

}  // namespace nestwalk
