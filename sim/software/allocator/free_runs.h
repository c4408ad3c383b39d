// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "sim/software/allocator/buddy_allocator.h"

namespace nestwalk {

/// How broken up free memory is.
struct FreeRunStatistics {
  uint64_t frames = 0;   ///< Free 4K frames.
  uint64_t runs = 0;     ///< Maximal runs of them.
  uint64_t largest = 0;  ///< Frames of the longest.
  /// Runs by the largest power of two that is not longer: element n has runs of 2^n to 2^(n+1)-1
  /// frames, the last one longer ones too.
  std::array<uint64_t, BuddyAllocator::kMaxOrder + 1> by_order{};

  double mean() const {
    return runs == 0 ? 0 : static_cast<double>(frames) / static_cast<double>(runs);
  }
};

/// Looks at every run: as slow as there are many.
FreeRunStatistics free_runs(const BuddyAllocator& memory);

}  // namespace nestwalk
