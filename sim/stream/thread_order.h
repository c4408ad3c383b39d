// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/stream/reference.h"
#include "sim/stream/retired.h"

namespace nestwalk {

/// Numbers threads anew, in order of appearance, where elements of a stream were left out.
/// `retire`, which readers make themselves, is no appearance: of a thread that has none it is
/// thread 0's.
class ThreadOrder {
 public:
  void number(Reference* batch, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      int& number = numbers_[batch[i].thread];
      if (number == kUnseen && !is_retire(batch[i])) number = next_++;
      batch[i].thread = static_cast<uint16_t>(std::max(number, 0));
    }
  }

 private:
  static constexpr size_t kThreads = size_t{1} << 16;
  static constexpr int kUnseen = -1;

  std::vector<int> numbers_ = std::vector<int>(kThreads, kUnseen);  ///< By old numbers.
  int next_ = 0;
};

}  // namespace nestwalk
