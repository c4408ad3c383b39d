// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "model/verification/test_random.h"

namespace nestwalk::bench {

using Random = TestRandom;

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
