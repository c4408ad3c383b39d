// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/random/split_mix.h"

namespace nestwalk {

/// The H3 family: output bit i = parity(key AND row_i), XOR and AND only (spec 2.4). Up to eight
/// functions of up to 16 bits, evaluated together.
class H3 {
 public:
  static constexpr int kMaxHashes = 8;
  static constexpr int kMaxOutputBits = 16;
  static constexpr int kKeyBits = 52;  ///< Page numbers of 64-bit addresses.

  /// Indices of one key, a hash each.
  using Indices = std::array<uint16_t, kMaxHashes>;

  /// `hashes` 1 to 8, `output_bits` 0 to 16.
  H3(int hashes, int output_bits, uint64_t seed);

  /// Row of output bit `bit` of hash `hash`: SplitMix64's output number 16 x hash + bit from
  /// `seed`, its low 52 bits. RTL makes the same rows from the same seed.
  static constexpr uint64_t row(int hash, int bit, uint64_t seed) {
    return split_mix(seed, 16 * static_cast<uint64_t>(hash) + static_cast<uint64_t>(bit)) &
           ((uint64_t{1} << kKeyBits) - 1);
  }

  Indices operator()(uint64_t key) const {
    Packed sum{};
    for (size_t byte = 0; byte < tables_.size(); ++byte) {
      sum = sum ^ tables_[byte][key >> (8 * byte) & 0xff];
    }
    return unpack(sum);
  }

 private:
  struct Packed {
    uint64_t low = 0;
    uint64_t high = 0;

    Packed operator^(const Packed& other) const { return {low ^ other.low, high ^ other.high}; }
  };

  static Packed column(int key_bit, int hashes, int output_bits, uint64_t seed);
  static Indices unpack(const Packed& packed) {
    Indices indices;
    for (size_t hash = 0; hash < 4; ++hash) {
      indices[hash] = static_cast<uint16_t>(packed.low >> (16 * hash));
      indices[hash + 4] = static_cast<uint16_t>(packed.high >> (16 * hash));
    }
    return indices;
  }

  /// What each value of each key byte contributes: H3 is linear.
  std::array<std::array<Packed, 256>, (kKeyBits + 7) / 8> tables_{};
};

}  // namespace nestwalk
