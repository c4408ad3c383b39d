// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/random/split_mix.h"

namespace nestwalk {

/// A pseudo-random permutation of [0, count) that needs no memory: a Feistel network over the
/// smallest power of two that holds them, walked along its cycle until it falls inside (less than
/// two steps on average).
class Permutation {
 public:
  /// `count` is 1 to 2^63.
  Permutation(uint64_t count, uint64_t seed) : count_(count) {
    int bits = 0;
    while (bits < 63 && (uint64_t{1} << bits) < count) ++bits;
    low_bits_ = bits - bits / 2;
    low_mask_ = (uint64_t{1} << low_bits_) - 1;
    high_mask_ = (uint64_t{1} << (bits / 2)) - 1;
    for (uint64_t& key : keys_) key = scrambled(seed += kSplitMixStep);
  }

  uint64_t operator()(uint64_t i) const {
    do {
      i = forward(i);
    } while (i >= count_);
    return i;
  }

  /// What is mapped to `i`.
  uint64_t inverse(uint64_t i) const {
    do {
      i = backward(i);
    } while (i >= count_);
    return i;
  }

 private:
  static constexpr int kRounds = 6;  // even: each half is changed kRounds / 2 times

  uint64_t forward(uint64_t i) const {
    uint64_t low = i & low_mask_;
    uint64_t high = i >> low_bits_;
    for (int round = 0; round < kRounds; round += 2) {
      low ^= mixed(high ^ keys_[round]) & low_mask_;
      high ^= mixed(low ^ keys_[round + 1]) & high_mask_;
    }
    return high << low_bits_ | low;
  }
  uint64_t backward(uint64_t i) const {
    uint64_t low = i & low_mask_;
    uint64_t high = i >> low_bits_;
    for (int round = kRounds; round > 0; round -= 2) {
      high ^= mixed(low ^ keys_[round - 1]) & high_mask_;
      low ^= mixed(high ^ keys_[round - 2]) & low_mask_;
    }
    return high << low_bits_ | low;
  }
  static constexpr uint64_t mixed(uint64_t x) { return (x * kSplitMixStep) >> 32; }

  uint64_t count_;
  int low_bits_ = 0;
  uint64_t low_mask_ = 0;
  uint64_t high_mask_ = 0;
  uint64_t keys_[kRounds] = {};
};

}  // namespace nestwalk
