// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "model/random/split_mix.h"

namespace nestwalk::bench {

/// Random numbers from a seed (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

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

/// Values with weights: how a field of a transaction is constrained.
template <class Value>
class Bag {
 public:
  Bag(std::initializer_list<std::pair<Value, unsigned>> values) : values_(values) {
    for (const auto& [value, weight] : values_) total_ += weight;
  }

  Value draw(Random& random) const {
    uint64_t left = random.below(total_);
    for (const auto& [value, weight] : values_) {
      if (left < weight) return value;
      left -= weight;
    }
    return values_.back().first;
  }

 private:
  std::vector<std::pair<Value, unsigned>> values_;
  uint64_t total_ = 0;
};

}  // namespace nestwalk::bench
