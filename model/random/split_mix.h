// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// SplitMix64: the state is a multiple of this beyond the seed.
constexpr uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

/// What SplitMix64 makes of its state: every bit of the result depends on every bit of `x`.
constexpr uint64_t scrambled(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Output number `index` from `seed`.
constexpr uint64_t split_mix(uint64_t seed, uint64_t index) {
  return scrambled(seed + kSplitMixStep * (index + 1));
}

/// The seed of part number `part` of what has this seed: so parts draw independently of each other.
constexpr uint64_t seed_of_part(uint64_t seed, uint64_t part) {
  return split_mix(seed, part);
}

}  // namespace nestwalk
