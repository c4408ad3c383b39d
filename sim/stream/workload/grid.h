// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/stream/workload/layout.h"

namespace nestwalk {

/// A cubic grid of doubles, x the fastest dimension, in Fortran's order.
struct Grid {
  uint64_t side;

  uint64_t points() const { return side * side * side; }
  uint64_t operator()(uint64_t x, uint64_t y, uint64_t z) const {
    return (z * side + y) * side + x;
  }
  std::vector<Array> arrays(Layout& layout, int count) const {
    std::vector<Array> all;
    all.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) all.push_back(layout.array(points(), 8));
    return all;
  }
};

}  // namespace nestwalk
