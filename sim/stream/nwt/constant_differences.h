// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/stream/nwt/address_code.h"
#include "sim/stream/nwt/numbering.h"

namespace nestwalk::nwt {

/// Differences to earlier addresses that a block repeats so often that each deserves a code without
/// delta bytes. Chosen from a sample of the block.
class ConstantDifferences {
 public:
  ConstantDifferences();

  /// `addresses[-kWindow]` and up are readable.
  void choose(const uint64_t* addresses, size_t count);

  /// How often the sample preferred (distance, difference); 0 if it was not chosen.
  uint32_t votes(int distance, int32_t difference) const {
    const uint64_t key = pair_key(distance, difference);
    const uint64_t bit = hash_bits(key, kFilterBits);
    if (!((filter_[bit / 64] >> (bit % 64)) & 1)) return 0;
    return chosen_votes(key);
  }

 private:
  static constexpr int kSketchBits = 16;
  static constexpr int kFilterBits = 15;
  static constexpr int kChosenBits = 12;

  struct Chosen {
    uint64_t key = 0;
    uint32_t votes = 0;
  };

  static constexpr uint64_t pair_key(int distance, int32_t difference) {
    return static_cast<uint64_t>(static_cast<uint32_t>(difference)) << 8 |
           static_cast<uint64_t>(distance);
  }
  void count_sample(const uint64_t* addresses);
  void vote(const uint64_t* addresses);
  void keep_winners();
  uint32_t chosen_votes(uint64_t key) const;

  std::vector<uint32_t> sample_;  ///< Positions.
  std::vector<uint16_t> sketch_;  ///< Occurrences by hash: collisions only blur the choice.
  Numbering candidates_;
  std::vector<uint32_t> candidate_votes_;
  std::vector<uint64_t> filter_;
  std::vector<Chosen> chosen_;  ///< Open addressing; votes 0 is free.
};

}  // namespace nestwalk::nwt
