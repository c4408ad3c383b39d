// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/stream/reference.h"

namespace nestwalk {

/// Numbers threads anew, in order of appearance, where elements of a stream were left out.
class ThreadOrder {
 public:
  void number(Reference* batch, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      int& number = numbers_[batch[i].thread];
      if (number == kUnseen) number = next_++;
      batch[i].thread = static_cast<uint16_t>(number);
    }
  }

 private:
  static constexpr size_t kThreads = size_t{1} << 16;
  static constexpr int kUnseen = -1;

  std::vector<int> numbers_ = std::vector<int>(kThreads, kUnseen);  ///< By old numbers.
  int next_ = 0;
};

}  // namespace nestwalk
