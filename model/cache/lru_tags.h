// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "model/array/host_prefetch.h"
#include "model/array/modulo.h"
#include "model/array/zeroed_array.h"
#include "model/cache/lru_set.h"

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
    return in_ways(
        [&](auto ways) { return Sse2Set::access(tags_.data() + place.set, ways, place.tag); });
  }

  /// The same for `count` lines in their order; `answer(i, missed)`: whether line `i` was not
  /// there. `Set`: one of lru_set.h.
  template <class Set, class Answer>
  void access_each(const uint64_t* lines, size_t count, Answer answer) {
    // Of their own, so that the loops keep them in registers.
    const Modulo set_of = set_of_;
    const uint32_t ways = ways_;
    if (set_of.is_power_of_two())
      access_each<Set>(
          [set_of, ways](uint64_t line) { return place(set_of.divide_power_of_two(line), ways); },
          lines, count, answer);
    else
      access_each<Set>([set_of, ways](uint64_t line) { return place(set_of.divide(line), ways); },
                       lines, count, answer);
  }

  void clear() { tags_.clear(); }

 private:
  /// Of an array that the host has at hand in any case.
  static constexpr size_t kFew = 8192;
  /// Lines whose sets the host fetches ahead: as many as it keeps.
  static constexpr size_t kAhead = 64;

  LruSet::Place place_of(uint64_t line) const { return place(set_of_.divide(line), ways_); }
  static LruSet::Place place(const Modulo::Division& division, uint32_t ways) {
    return {static_cast<uint32_t>(division.remainder) * ways,
            static_cast<uint32_t>(division.quotient + 1)};
  }

  template <class Set, class PlaceOf, class Answer>
  void access_each(PlaceOf place_of, const uint64_t* lines, size_t count, Answer answer) {
    if (tags_.size() <= kFew) return access_all<Set>(place_of, lines, count, answer);
    for (size_t i = 0; i < count; i += kAhead) {
      const size_t some = std::min(count - i, kAhead);
      for (size_t k = 0; k < some; ++k) prefetch(place_of(lines[i + k]));
      access_all<Set>(place_of, lines + i, some,
                      [i, answer](size_t k, bool missed) { answer(i + k, missed); });
    }
  }

  template <class Set, class PlaceOf, class Answer>
  void access_all(PlaceOf place_of, const uint64_t* lines, size_t count, Answer answer) {
    in_ways(
        [&](auto ways) { Set::access_each(tags_.data(), ways, place_of, lines, count, answer); });
  }

  /// `use(ways)`, with a number that the compiler knows for the usual shapes.
  template <class Use>
  auto in_ways(Use use) const -> decltype(use(uint32_t())) {
    if (ways_ == 8) return use(std::integral_constant<uint32_t, 8>());
    if (ways_ == 20) return use(std::integral_constant<uint32_t, 20>());
    if (ways_ == 16) return use(std::integral_constant<uint32_t, 16>());
    return use(ways_);
  }

  void prefetch(const LruSet::Place& place) const {
    const uint32_t* const set = tags_.data() + place.set;
    host_prefetch(set);
    host_prefetch(set + ways_ - 1);
  }

  Modulo set_of_;
  uint32_t ways_;
  ZeroedArray<uint32_t> tags_;
};

}  // namespace nestwalk
