// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/random/split_mix.h"
#include "model/random/unit_fraction.h"

namespace nestwalk {

/// SplitMix64: equal seeds give equal numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(split_mix(seed, 0)) {}
  /// A sequence of its own for each pair.
  Random(uint64_t seed, uint64_t index) : Random(split_mix(seed, 0) ^ index) {}

  uint64_t operator()() { return scrambled(state_ += kSplitMixStep); }
  /// Of [0, count), for counts up to 2^32 without noticeable bias.
  uint64_t below(uint64_t count) {
    return static_cast<uint64_t>((static_cast<Wide>((*this)()) * count) >> 64);
  }
  /// Of [0, 1).
  double fraction() { return unit_fraction((*this)()); }

 private:
  __extension__ using Wide = unsigned __int128;

  uint64_t state_;
};

}  // namespace nestwalk
