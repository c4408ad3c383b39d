// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/random/split_mix.h"

namespace nestwalk {

/// Random numbers from a seed (SplitMix64), for stimulus.
class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}

  uint64_t word() { return scrambled(state_ += kSplitMixStep); }
  uint64_t below(uint64_t limit) { return word() % limit; }
  bool chance(unsigned percent) { return below(100) < percent; }

  template <class Item>
  const Item& one_of(const std::vector<Item>& items) {
    return items[below(items.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace nestwalk
