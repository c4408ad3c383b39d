// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <emmintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "model/memory/host_prefetch.h"
#include "model/tlb/modulo.h"

namespace nestwalk {

/// The tags of a cache under true LRU, 32 bits each: what SetAssociative holds, in half the room.
/// Ways stay where they are; beside the tags of a set stand its ages, a byte each: 0 was used last,
/// ways - 1 longest ago. Both are searched a vector at a time (SSE2, which every x86-64 has) and
/// without a branch: which way hits cannot be predicted. Tag 0 is an empty way.
class LruTags {
 public:
  /// Whether these tags can tell lines below `lines` apart: with `sets` sets of `ways` ways.
  static bool fit(uint64_t lines, uint64_t sets, uint32_t ways) {
    return ways % kLanes == 0 && ways <= kMaxWays && lines / sets < UINT32_MAX;
  }

  LruTags(uint64_t sets, uint32_t ways)
      : set_of_(sets), ways_(ways), lines_a_set_((ways * 4 + age_bytes(ways) + 63) / 64) {
    lines_.resize(sets * lines_a_set_);
    clear();
  }

  /// Where a line would be: its set and its tag.
  struct Place {
    uint32_t* set;
    uint32_t tag;
  };
  Place place(uint64_t line) {
    const Modulo::Division division = set_of_.divide(line);
    return {lines_[division.remainder * lines_a_set_].words.data(),
            static_cast<uint32_t>(division.quotient + 1)};
  }

  /// Way of the tag in its set, or -1; changes nothing.
  int locate(Place place) const {
    for (uint32_t way = 0; way < ways_; ++way)
      if (place.set[way] == place.tag) return static_cast<int>(way);
    return -1;
  }

  /// Makes the tag the most recently used of its set, over the least recently used if it was not
  /// there; returns whether it was.
  bool access(Place place) {
    switch (ways_ / kLanes) {
      case 1:
        return access_in<1>(place);
      case 2:
        return access_in<2>(place);
      case 3:
        return access_in<3>(place);
      case 4:
        return access_in<4>(place);
      case 5:
        return access_in<5>(place);
      case 6:
        return access_in<6>(place);
      case 7:
        return access_in<7>(place);
      default:
        return access_in<8>(place);
    }
  }

  /// Has the host fetch what `access` will read.
  void prefetch(uint64_t line) {
    const Place place = this->place(line);
    for (uint32_t i = 0; i < lines_a_set_; ++i) host_prefetch(place.set + i * kWordsALine);
  }

  void clear() {
    std::array<uint8_t, kMaxWays> ages;
    ages.fill(kNoAge);
    for (uint32_t way = 0; way < ways_; ++way) ages[way] = static_cast<uint8_t>(way);
    for (size_t line = 0; line < lines_.size(); line += lines_a_set_) {
      uint32_t* const set = lines_[line].words.data();
      std::memset(set, 0, ways_ * 4);
      std::memcpy(set + ways_, ages.data(), age_bytes(ways_));
    }
  }

 private:
  static constexpr uint32_t kLanes = 4;      ///< Tags in a vector.
  static constexpr uint32_t kAgeLanes = 16;  ///< Ages in a vector.
  static constexpr uint32_t kMaxWays = 32;
  static constexpr uint32_t kWordsALine = 16;
  static constexpr uint8_t kNoAge = 0x7f;  ///< Of lanes past the last way: older than any.

  /// Of the host, so that a set is in as few as may be.
  struct alignas(64) Line {
    std::array<uint32_t, kWordsALine> words;
  };

  static constexpr uint32_t age_bytes(uint32_t ways) {
    return (ways + kAgeLanes - 1) / kAgeLanes * kAgeLanes;
  }

  template <uint32_t kVectors>
  static bool access_in(Place place) {
    uint32_t* const set = place.set;
    const auto ages = reinterpret_cast<uint8_t*>(set + kVectors * kLanes);
    const uint32_t found = ways_with<kVectors>(place);
    const uint32_t oldest = ways_of_age<kVectors>(ages, kVectors * kLanes - 1);
    const int way = __builtin_ctz(found != 0 ? found : oldest);
    set[way] = place.tag;
    make_youngest<kVectors>(ages, ages[way]);
    return found != 0;
  }

  /// The ways that hold the tag, a bit each.
  template <uint32_t kVectors>
  static uint32_t ways_with(Place place) {
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(place.tag));
    const auto equal = [&](uint32_t vector) {
      return vector < kVectors ? _mm_cmpeq_epi32(load(place.set + vector * kLanes), wanted)
                               : _mm_setzero_si128();
    };
    uint32_t ways = 0;
    for (uint32_t first = 0; first < kVectors; first += 4) {
      const __m128i low = _mm_packs_epi32(equal(first), equal(first + 1));
      const __m128i high = _mm_packs_epi32(equal(first + 2), equal(first + 3));
      ways |= mask(_mm_packs_epi16(low, high)) << (first * kLanes);
    }
    return ways;
  }

  template <uint32_t kVectors>
  static uint32_t ways_of_age(const uint8_t* ages, uint8_t age) {
    const __m128i wanted = _mm_set1_epi8(static_cast<char>(age));
    uint32_t ways = 0;
    for (uint32_t first = 0; first < kVectors * kLanes; first += kAgeLanes)
      ways |= mask(_mm_cmpeq_epi8(load(ages + first), wanted)) << first;
    return ways;
  }

  /// The way of this age; what was younger is a step older.
  template <uint32_t kVectors>
  static void make_youngest(uint8_t* ages, uint8_t age) {
    const __m128i chosen = _mm_set1_epi8(static_cast<char>(age));
    for (uint32_t first = 0; first < kVectors * kLanes; first += kAgeLanes) {
      const __m128i old = load(ages + first);
      const __m128i older = _mm_sub_epi8(old, _mm_cmplt_epi8(old, chosen));
      store(ages + first, _mm_andnot_si128(_mm_cmpeq_epi8(old, chosen), older));
    }
  }

  static uint32_t mask(__m128i bytes) { return static_cast<uint32_t>(_mm_movemask_epi8(bytes)); }
  static __m128i load(const void* from) {
    return _mm_load_si128(static_cast<const __m128i*>(from));
  }
  static void store(void* to, __m128i lanes) { _mm_store_si128(static_cast<__m128i*>(to), lanes); }

  Modulo set_of_;
  uint32_t ways_;
  uint32_t lines_a_set_;
  std::vector<Line> lines_;
};

}  // namespace nestwalk
