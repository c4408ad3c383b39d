// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/program.h"
#include "sim/stream/workload/random.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// PARSEC's streamcluster: clustering of a stream of points, a block at a time.
Workload streamcluster_workload();

/// The facility location heuristic that clusters a block: points in the unit cube, their
/// coordinates computed from their numbers.
class FacilityLocation {
 public:
  FacilityLocation(uint32_t points, uint32_t dimensions, uint64_t seed);

  /// A random order of the points; the first becomes a centre, the others as their cost decides
  /// (`pspeedy`).
  void open_first_centres(Emitter& emitter, double centre_cost);
  /// Opens a centre at a point if that pays, and closes those that it makes useless (`pgain`).
  /// Returns what was gained.
  double try_centre(Emitter& emitter, uint32_t point, double centre_cost);
  /// The order of points changes (`shuffle`).
  void shuffle(Emitter& emitter);

  uint32_t points() const { return static_cast<uint32_t>(points_.size()); }
  uint32_t centres() const { return centres_; }
  /// Points' distances to their centres and the centres' own cost, from scratch.
  double cost(double centre_cost) const;
  /// Sum of the costs as the heuristic keeps them.
  double kept_cost(double centre_cost) const;
  Random& random() { return random_; }
  VirtualRange region() const { return layout_.region(); }

 private:
  struct Point {
    uint32_t coordinates;  ///< Number of its coordinates.
    uint32_t centre;       ///< The point that it is assigned to.
    float cost;
  };
  /// Bytes within a point.
  enum Field : uint8_t { kWeight = 0, kCoordinates = 8, kCentre = 16, kCost = 24 };
  static constexpr uint64_t kPointBytes = 32;

  uint64_t at(uint32_t point, Field field) const { return point_array_[point] + field; }
  float distance(uint32_t a, uint32_t b) const;
  float distance(Emitter& emitter, uint32_t a, uint32_t b) const;

  uint32_t dimensions_;
  uint64_t seed_;
  Random random_;
  Layout layout_;
  Array coordinate_array_;
  Array point_array_;
  Array lower_array_;       ///< What closing each centre would gain.
  Array membership_array_;  ///< Whether a point would change to the new centre.
  Array is_centre_array_;
  Array centre_table_array_;
  std::vector<Point> points_;
  std::vector<bool> is_centre_;
  std::vector<bool> switches_;
  std::vector<float> lower_;
  uint32_t centres_ = 0;
};

}  // namespace nestwalk
