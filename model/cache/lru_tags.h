// SPDX-License-Identifier: Apache-2.0
#pragma once

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

  LruTags(uint64_t sets, uint32_t ways)
      : set_of_(sets), ways_(ways), tags_(LruSet::kBefore + sets * ways + kAfter) {}

  /// Whether a line is there; changes nothing.
  bool contains(uint64_t line) const {
    const Place place = place_of(line);
    return Sse2Set::ways_with(tags_.data() + place.set, ways_, place.tag) != 0;
  }

  /// A power of two of sets: for `access`.
  bool is_usual() const { return set_of_.is_power_of_two(); }

  /// Makes a line the most recently used of its set, over the least recently used if it was not
  /// there; returns whether it was. `usual`: the caller knows that these tags are.
  template <class Set, bool usual = false>
  bool access(uint64_t line) {
    const Place place = place_of<usual>(line);
    uint32_t* const set = tags_.data() + place.set;
    // Unrolled for the usual shapes.
    if (ways_ == 8) return Set::access(set, std::integral_constant<uint32_t, 8>(), place.tag);
    if (ways_ == 20) return Set::access(set, std::integral_constant<uint32_t, 20>(), place.tag);
    if (ways_ == 16) return Set::access(set, std::integral_constant<uint32_t, 16>(), place.tag);
    return Set::access(set, ways_, place.tag);
  }

  /// Has the host fetch what `access` will read.
  void prefetch(uint64_t line) const {
    const uint32_t* const set = tags_.data() + place_of(line).set;
    for (uint32_t way = 0; way < ways_; way += kHostLine) host_prefetch(set + way);
    host_prefetch(set + ways_ - 1);
  }

  void clear() { tags_.clear(); }

 private:
  static constexpr size_t kAfter = 8;        ///< The last set is read in whole vectors too.
  static constexpr uint32_t kHostLine = 16;  ///< Tags in a line of the host's caches.

  /// Where a line would be: the first tag of its set, and its tag.
  struct Place {
    size_t set;
    uint32_t tag;
  };
  template <bool usual = false>
  Place place_of(uint64_t line) const {
    const Modulo::Division division =
        usual ? set_of_.divide_power_of_two(line) : set_of_.divide(line);
    return {LruSet::kBefore + division.remainder * ways_,
            static_cast<uint32_t>(division.quotient + 1)};
  }

  Modulo set_of_;
  uint32_t ways_;
  ZeroedArray<uint32_t> tags_;
};

}  // namespace nestwalk
