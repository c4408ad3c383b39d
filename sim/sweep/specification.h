// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/config/load.h"
#include "sim/sweep/axis.h"
#include "sim/sweep/constraint.h"

namespace nestwalk {

/// One configuration of a sweep: a value for each axis, in the order of the axes.
using Point = std::vector<Value>;

/// Of a sweep, those that break a constraint included.
constexpr size_t kMostPoints = 1000000;

/// Axes that are sampled together by a Latin hypercube instead of multiplied.
struct Sample {
  size_t points = 0;
  uint64_t seed = 1;
  std::vector<std::string> axes;  ///< Keys.
};

/// What a sweep runs: the product of its axes, less what breaks a constraint.
struct Specification {
  std::vector<Setting> base;  ///< As for `run`: what all points share.
  std::vector<Axis> axes;     ///< In the file's order.
  std::vector<Constraint> constraints;
  std::optional<Sample> sample;

  /// The configuration of a point, its rules between keys checked. Throws InputError.
  Config config(const Point& point) const;

  /// Without that check.
  Config unchecked_config(const Point& point) const;

  /// Files that the points read.
  std::set<std::string> traces() const;

  /// What decides the points and their results, to be compared with another sweep's: the traces'
  /// contents included, by size and by checksum of their beginning and end.
  nlohmann::json identity() const;

 private:
  ConfigRequest request(const Point& point) const;
};

/// Reads a specification (interface.md, Sweep specification). Throws InputError with file and line.
Specification read_specification(const std::string& path);

}  // namespace nestwalk
