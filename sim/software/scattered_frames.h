// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "model/address/address.h"
#include "model/random/permutation.h"

namespace nestwalk {

/// Where 4K pages lie within their 1 GiB on a machine that has run for a while: in any frame, but
/// of successive colors in the order of first touch, as an operating system deals them out that
/// keeps a free list a color.
class ScatteredFrames {
 public:
  /// `colors`: a power of two of at most 2^18; 1 is no coloring.
  ScatteredFrames(uint32_t colors, uint64_t seed)
      : colors_(colors), order_(kFrames / colors, seed) {}

  /// Of an address from the beginning of its GiB. The first call for a page gives it its frame.
  uint64_t offset(GuestVirtual address) {
    const auto [place, is_new] = frames_.try_emplace(address.page(), 0);
    if (is_new) {
      const uint32_t nth = touched_[address.page(PageSize::k1G)]++;
      place->second = static_cast<uint32_t>(order_(nth / colors_)) * colors_ + nth % colors_;
    }
    return (uint64_t{place->second} << shift(PageSize::k4K)) + address.offset();
  }

 private:
  static constexpr uint64_t kFrames = bytes(PageSize::k1G) >> shift(PageSize::k4K);

  uint32_t colors_;
  Permutation order_;                               ///< Of the frames of one color.
  std::unordered_map<uint64_t, uint32_t> frames_;   ///< By page number.
  std::unordered_map<uint64_t, uint32_t> touched_;  ///< Pages of each GiB.
};

}  // namespace nestwalk
