// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/translation/translation.h"

namespace nestwalk {

/// TLB misses by the segments that their addresses fall in.
struct MissCounts {
  std::array<uint64_t, kSegmentClasses> of{};  ///< By SegmentClass.

  uint64_t total() const { return of[0] + of[1] + of[2] + of[3]; }
  /// Of the total; 0 of nothing.
  double share(SegmentClass segments) const {
    if (total() == 0) return 0;
    return static_cast<double>(of[static_cast<size_t>(segments)]) / static_cast<double>(total());
  }

  MissCounts& operator+=(const MissCounts& part) {
    for (size_t i = 0; i < of.size(); ++i) of[i] += part.of[i];
    return *this;
  }
};

}  // namespace nestwalk
