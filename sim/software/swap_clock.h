// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/software/allocator/frame_set.h"

namespace nestwalk {

enum class SwapOutcome : uint8_t { kDone, kRefused, kImpossible };

/// Swaps out up to `count` of the pages that were not used lately, then of the others, as a clock's
/// hand passes them; a refusal counts as one, for it is not to be asked for again. `hand`: the last
/// page that went. `take_accessed(page)`: the pages whose common leaf had A, which it clears; none
/// if it had not. `swap_out(page)`: a SwapOutcome. Returns how many went.
template <class TakeAccessed, class SwapOut>
uint64_t swap_by_clock(std::vector<uint64_t> pages, uint64_t& hand, uint64_t count,
                       TakeAccessed take_accessed, SwapOut swap_out) {
  std::sort(pages.begin(), pages.end());
  std::rotate(pages.begin(), std::upper_bound(pages.begin(), pages.end(), hand), pages.end());
  uint64_t swapped = 0;
  uint64_t refused = 0;
  const auto try_one = [&](uint64_t page) {
    const SwapOutcome outcome = swap_out(page);
    if (outcome == SwapOutcome::kRefused) ++refused;
    if (outcome != SwapOutcome::kDone) return;
    ++swapped;
    hand = page;
  };
  std::vector<uint64_t> used;
  FrameRun first_leaf;  // in which the hand may have started: its other pages come last
  FrameRun leaf;
  for (const uint64_t page : pages) {
    if (swapped + refused == count) return swapped;
    if (!leaf.contains(page) && !first_leaf.contains(page)) {
      leaf = take_accessed(page);
      if (used.empty()) first_leaf = leaf;
    }
    if (leaf.contains(page) || first_leaf.contains(page))
      used.push_back(page);
    else
      try_one(page);
  }
  for (const uint64_t page : used) {
    if (swapped + refused == count) break;
    try_one(page);
  }
  return swapped;
}

}  // namespace nestwalk
