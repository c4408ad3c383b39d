// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace nestwalk {

/// A set of 32-bit tags in order of recency, for each width of vectors that the host may have. Ways
/// are a multiple of 4, at most `kMostWays`: a number, or a type that converts to one. Tag 0 is an
/// empty way.
///
/// `access` makes a tag the most recently used, over the least recently used if it was not there,
/// and returns whether it was. Which way has it cannot be predicted, so nothing branches on it: the
/// ways up to that one take what was before them. `access_each` does so for `count` lines in their
/// order, where `place_of(line)` is in an array of sets, and tells by `answer(i, missed)` whether
/// line `i` was not there.
class LruSet {
 public:
  static constexpr uint32_t kMostWays = 32;

  /// A tag and the set that it belongs in, by the index of the set's first tag.
  struct Place {
    uint32_t set;
    uint32_t tag;
  };

 protected:
  /// Lanes of ones for each way up to that of the lowest bit in `found`, else for all, then zeros.
  template <class Ways>
  static const uint32_t* lanes_up_to(uint32_t found, Ways ways) {
    const auto way = static_cast<uint32_t>(__builtin_ctz(found | 1U << (ways - 1)));
    return kOnes.data() + (kMostWays - 1 - way);
  }

 private:
  static constexpr auto kOnes = [] {
    std::array<uint32_t, 2 * kMostWays> lanes{};
    for (uint32_t i = 0; i < kMostWays; ++i) lanes[i] = ~uint32_t{0};
    return lanes;
  }();
};

/// Four tags at a time: SSE2, which every x86-64 has.
class Sse2Set : public LruSet {
 public:
  static bool is_available() { return true; }

  template <class Ways>
  static bool access(uint32_t* set, Ways ways, uint32_t tag) {
    if (*set == tag) return true;
    const uint32_t found = ways_with(set, ways, tag);
    const uint32_t* const moves = lanes_up_to(found, ways);
    __m128i before = _mm_set1_epi32(static_cast<int>(tag));
    for (uint32_t way = 0; way < ways; way += 4) {
      const __m128i old = load(set + way);
      const __m128i moved = _mm_or_si128(_mm_slli_si128(old, 4), _mm_srli_si128(before, 12));
      const __m128i mask = load(moves + way);
      store(set + way, _mm_or_si128(_mm_and_si128(mask, moved), _mm_andnot_si128(mask, old)));
      before = old;
    }
    return found != 0;
  }

  template <class Ways, class PlaceOf, class Answer>
  static void access_each(uint32_t* tags, Ways ways, PlaceOf place_of, const uint64_t* lines,
                          size_t count, Answer answer) {
    for (size_t i = 0; i < count; ++i) {
      const Place place = place_of(lines[i]);
      answer(i, !access(tags + place.set, ways, place.tag));
    }
  }

  /// The ways that hold the tag, a bit each.
  template <class Ways>
  static uint32_t ways_with(const uint32_t* set, Ways ways, uint32_t tag) {
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
    uint32_t found = 0;
    for (uint32_t way = 0; way < ways; way += 4) {
      const __m128i equal = _mm_cmpeq_epi32(load(set + way), wanted);
      found |= static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(equal))) << way;
    }
    return found;
  }

 private:
  static __m128i load(const uint32_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  static void store(uint32_t* to, __m128i lanes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), lanes);
  }
};

#define NESTWALK_AVX2 __attribute__((target("avx2,bmi,bmi2")))

/// Eight tags at a time. `access` is for functions that are NESTWALK_AVX2 themselves, `access_each`
/// for any, on a host where it `is_available`.
class Avx2Set : public LruSet {
 public:
  static bool is_available() {
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
           __builtin_cpu_supports("bmi2") != 0;
  }

  template <class Ways>
  NESTWALK_AVX2 static bool access(uint32_t* set, Ways ways, uint32_t tag) {
    const __m256i wanted = _mm256_set1_epi32(static_cast<int>(tag));
    const uint32_t eights = ways & ~7U;
    const bool half = eights != ways;
    uint32_t found = 0;
    for (uint32_t way = 0; way < eights; way += 8) {
      const __m256i equal = _mm256_cmpeq_epi32(load(set + way), wanted);
      found |= static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(equal))) << way;
    }
    if (half) {
      const __m128i equal =
          _mm_cmpeq_epi32(load_half(set + eights), _mm256_castsi256_si128(wanted));
      found |= static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(equal))) << eights;
    }
    const uint32_t* const moves = lanes_up_to(found, ways);
    const __m256i one_up = _mm256_set_epi32(6, 5, 4, 3, 2, 1, 0, 7);
    // What comes from the ways before: in its lowest lane.
    __m256i carry = wanted;
    for (uint32_t way = 0; way < eights; way += 8) {
      const __m256i old = load(set + way);
      const __m256i turned = _mm256_permutevar8x32_epi32(old, one_up);
      store(set + way, choose(old, _mm256_blend_epi32(turned, carry, 1), load(moves + way)));
      carry = turned;
    }
    if (half) {
      const __m128i old = load_half(set + eights);
      const __m128i turned = _mm_shuffle_epi32(old, 0x93);
      const __m128i moved = _mm_blend_epi32(turned, _mm256_castsi256_si128(carry), 1);
      store_half(set + eights, choose_half(old, moved, load_half(moves + eights)));
    }
    return found != 0;
  }

  template <class Ways, class PlaceOf, class Answer>
  NESTWALK_AVX2 static void access_each(uint32_t* tags, Ways ways, PlaceOf place_of,
                                        const uint64_t* lines, size_t count, Answer answer) {
    for (size_t i = 0; i < count; ++i) {
      const Place place = place_of(lines[i]);
      answer(i, !access(tags + place.set, ways, place.tag));
    }
  }

 private:
  NESTWALK_AVX2 static __m256i load(const uint32_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  NESTWALK_AVX2 static void store(uint32_t* to, __m256i lanes) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), lanes);
  }
  // Lanes of `to` where `mask` is set. As floats: for bytes gcc adds a compare.
  NESTWALK_AVX2 static __m256i choose(__m256i from, __m256i to, __m256i mask) {
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(from), _mm256_castsi256_ps(to),
                                                _mm256_castsi256_ps(mask)));
  }
  NESTWALK_AVX2 static __m128i choose_half(__m128i from, __m128i to, __m128i mask) {
    return _mm_castps_si128(
        _mm_blendv_ps(_mm_castsi128_ps(from), _mm_castsi128_ps(to), _mm_castsi128_ps(mask)));
  }
  NESTWALK_AVX2 static __m128i load_half(const uint32_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  NESTWALK_AVX2 static void store_half(uint32_t* to, __m128i lanes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), lanes);
  }
};

}  // namespace nestwalk
