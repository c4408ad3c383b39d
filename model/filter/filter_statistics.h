// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// What escape filters were asked and answered.
struct FilterStatistics {
  uint64_t look_ups = 0;  ///< Of addresses inside a segment that has a filter.
  uint64_t positives = 0;
  uint64_t false_positives = 0;  ///< Positives that were never inserted.

  FilterStatistics& operator+=(const FilterStatistics& other) {
    look_ups += other.look_ups;
    positives += other.positives;
    false_positives += other.false_positives;
    return *this;
  }
};

}  // namespace nestwalk
