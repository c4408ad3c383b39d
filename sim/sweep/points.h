// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "sim/sweep/specification.h"

namespace nestwalk {

/// The points of a sweep, each once: the product of the axes, the first one slowest, where those
/// that are sampled together count as one; less what breaks a constraint.
struct PointSet {
  std::vector<Point> points;
  size_t excluded = 0;  ///< By constraints.
};

/// Throws InputError if nothing is left, there are too many, or a constraint cannot be told.
PointSet enumerate(const Specification& specification);

/// A Latin hypercube: `points` rows of shares of [0, 1), a column a dimension. Each of the `points`
/// equal parts of a dimension holds exactly one row. The same on every machine.
std::vector<std::vector<double>> latin_hypercube(size_t points, size_t dimensions, uint64_t seed);

}  // namespace nestwalk
