// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/memory/host_prefetch.h"
#include "model/tlb/modulo.h"

namespace nestwalk {

/// The tags of a cache under true LRU, 32 bits each: what SetAssociative holds, in half the room
/// and searched four ways at a time (SSE2, which every x86-64 has). A set is kept in order of
/// recency; tag 0 is an empty way.
class LruTags {
 public:
  /// Whether these tags can tell lines below `lines` apart: with `sets` sets of `ways` ways.
  static bool fit(uint64_t lines, uint64_t sets, uint32_t ways) {
    return ways % kLanes == 0 && ways <= 32 && lines / sets < UINT32_MAX;
  }

  LruTags(uint64_t sets, uint32_t ways) : set_of_(sets), ways_(ways), tags_(sets * ways) {}

  /// Where a line would be: its set and its tag.
  struct Place {
    uint32_t* set;
    uint32_t tag;
  };
  Place place(uint64_t line) {
    const Modulo::Division division = set_of_.divide(line);
    return {tags_.data() + division.remainder * ways_,
            static_cast<uint32_t>(division.quotient + 1)};
  }

  /// Way of the tag in its set, or -1; changes nothing.
  int locate(Place place) const {
    const uint32_t ways = ways_with(place);
    return ways == 0 ? -1 : __builtin_ctz(ways);
  }

  /// Makes the tag the most recently used of its set, over the least recently used if it was not
  /// there; returns whether it was. Which way has it cannot be predicted: nothing branches on it.
  bool access(Place place) {
    const uint32_t ways = ways_with(place);
    bring_to_front(place, __builtin_ctz(ways | 1U << (ways_ - 1)));
    return ways != 0;
  }

  /// The same for a tag that `locate` has found in `way`.
  void bring_to_front(Place place, int way) {
    uint32_t* const set = place.set;
    // The lanes up to `way` take what was before them.
    const __m128i last = _mm_set1_epi32(way);
    __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
    const __m128i first = load(set);
    const __m128i pushed = _mm_or_si128(_mm_slli_si128(first, 4), _mm_cvtsi32_si128(tag_of(place)));
    __m128i before = first;
    store(set, blend(_mm_cmpgt_epi32(lane, last), first, pushed));
    for (uint32_t next = kLanes; next < ways_; next += kLanes) {
      lane = _mm_add_epi32(lane, _mm_set1_epi32(kLanes));
      const __m128i old = load(set + next);
      const __m128i shifted = _mm_or_si128(_mm_slli_si128(old, 4), _mm_srli_si128(before, 12));
      store(set + next, blend(_mm_cmpgt_epi32(lane, last), old, shifted));
      before = old;
    }
  }

  /// Has the host fetch what `access` will read.
  void prefetch(uint64_t line) {
    const uint32_t* const set = place(line).set;
    for (uint32_t way = 0; way < ways_; way += kHostLine) host_prefetch(set + way);
    host_prefetch(set + ways_ - 1);
  }

  void clear() { tags_.assign(tags_.size(), 0); }

 private:
  static constexpr uint32_t kLanes = 4;
  static constexpr uint32_t kHostLine = 16;  ///< Tags in a line of the host's caches.

  /// The ways that hold the tag, a bit each.
  uint32_t ways_with(Place place) const {
    const __m128i wanted = _mm_set1_epi32(tag_of(place));
    uint32_t ways = 0;
    for (uint32_t first = 0; first < ways_; first += kLanes) {
      const __m128i equal = _mm_cmpeq_epi32(load(place.set + first), wanted);
      ways |= static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(equal))) << first;
    }
    return ways;
  }

  static int tag_of(Place place) { return static_cast<int>(place.tag); }
  static __m128i load(const uint32_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  static void store(uint32_t* to, __m128i lanes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), lanes);
  }
  static __m128i blend(__m128i choose_first, __m128i first, __m128i second) {
    return _mm_or_si128(_mm_and_si128(choose_first, first), _mm_andnot_si128(choose_first, second));
  }

  Modulo set_of_;
  uint32_t ways_;
  std::vector<uint32_t> tags_;
};

}  // namespace nestwalk
