// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "model/cache/lru_set.h"
#include "model/memory/host_prefetch.h"
#include "model/memory/zeroed_array.h"
#include "model/tlb/modulo.h"

namespace nestwalk {

/// The tags of a cache under true LRU, 32 bits each: what SetAssociative holds, in half the room
/// and searched by vectors (LruSet).
class LruTags {
 public:
  /// Whether these tags can tell lines below `lines` apart: with `sets` sets of `ways` ways.
  static bool fit(uint64_t lines, uint64_t sets, uint32_t ways) {
    return ways % 4 == 0 && ways <= LruSet::kMostWays && lines / sets < UINT32_MAX;
  }

  LruTags(uint64_t sets, uint32_t ways) : set_of_(sets), ways_(ways), tags_(sets * ways) {}

  /// Whether a line is there; changes nothing.
  bool contains(uint64_t line) const {
    const LruSet::Place place = place_of(line);
    return Sse2Set::ways_with(tags_.data() + place.set, ways_, place.tag) != 0;
  }

  /// Makes a line the most recently used of its set, over the least recently used if it was not
  /// there; returns whether it was.
  bool access(uint64_t line) {
    const LruSet::Place place = place_of(line);
    return Sse2Set::access(tags_.data() + place.set, ways_, place.tag);
  }

  /// The same for `count` lines in their order; `misses`: 1 for those that were not there. `Set`:
  /// one of lru_set.h.
  template <class Set>
  void access_each(const uint64_t* lines, size_t count, uint8_t* misses) {
    for (size_t i = 0; i < count; i += kAtOnce)
      access_some<Set>(lines + i, std::min(count - i, kAtOnce), misses + i);
  }

  void clear() { tags_.clear(); }

 private:
  static constexpr size_t kAtOnce = 64;      ///< What the host can fetch ahead and keep.
  static constexpr size_t kNearTags = 8192;  ///< An array that the host has at hand in any case.

  LruSet::Place place_of(uint64_t line) const { return place(set_of_.divide(line)); }
  LruSet::Place place(const Modulo::Division& division) const {
    return {static_cast<uint32_t>(division.remainder) * ways_,
            static_cast<uint32_t>(division.quotient + 1)};
  }

  template <class Set>
  void access_some(const uint64_t* lines, size_t count, uint8_t* misses) {
    std::array<LruSet::Place, kAtOnce> places;
    if (set_of_.is_power_of_two())
      for (size_t i = 0; i < count; ++i) places[i] = place(set_of_.divide_power_of_two(lines[i]));
    else
      for (size_t i = 0; i < count; ++i) places[i] = place(set_of_.divide(lines[i]));
    if (tags_.size() > kNearTags) {
      for (size_t i = 0; i < count; ++i) {
        const uint32_t* const set = tags_.data() + places[i].set;
        host_prefetch(set);
        host_prefetch(set + ways_ - 1);
      }
    }
    const auto access_all = [&](auto ways) {
      Set::access_each(tags_.data(), ways, places.data(), count, misses);
    };
    // Unrolled for the usual shapes.
    if (ways_ == 8) return access_all(std::integral_constant<uint32_t, 8>());
    if (ways_ == 20) return access_all(std::integral_constant<uint32_t, 20>());
    if (ways_ == 16) return access_all(std::integral_constant<uint32_t, 16>());
    access_all(ways_);
  }

  Modulo set_of_;
  uint32_t ways_;
  ZeroedArray<uint32_t> tags_;
};

}  // namespace nestwalk
