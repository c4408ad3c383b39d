// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/streamcluster.h"

#include <cmath>
#include <utility>

namespace nestwalk {
namespace {

/// PARSEC's native input wants 10 to 20 centres.
constexpr uint32_t kLeastCentres = 10;
constexpr uint32_t kMostCentres = 20;

class StreamCluster : public Program {
 public:
  StreamCluster(uint32_t points, uint32_t dimensions, uint64_t seed)
      : location_(points, dimensions, seed) {}

  /// The local search: a centre's cost is halved down to where the number of centres is right.
  void run(Emitter& emitter) override {
    for (;;) {
      double low = 0;
      double high = location_.points();
      double centre_cost = high / 2;
      location_.shuffle(emitter);
      location_.open_first_centres(emitter, centre_cost);
      for (int round = 0; round < 100; ++round) {
        for (uint32_t i = 0; i < 3 * kMostCentres; ++i) {
          const auto point = static_cast<uint32_t>(location_.random().below(location_.points()));
          location_.try_centre(emitter, point, centre_cost);
        }
        if (location_.centres() > kMostCentres) {
          low = centre_cost;
        } else if (location_.centres() < kLeastCentres) {
          high = centre_cost;
        } else {
          break;
        }
        centre_cost = (low + high) / 2;
      }
    }
  }

  VirtualRange region() const override { return location_.region(); }
  /// Coordinates are read in order: a prefetcher is ahead of them.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.1}; }

 private:
  FacilityLocation location_;
};

}  // namespace

FacilityLocation::FacilityLocation(uint32_t points, uint32_t dimensions, uint64_t seed)
    : dimensions_(dimensions),
      seed_(seed),
      random_(seed, points),
      coordinate_array_(layout_.array(uint64_t{points} * dimensions, 4)),
      point_array_(layout_.array(points, kPointBytes)),
      lower_array_(layout_.array(points, 8)),
      membership_array_(layout_.array(points, 1)),
      is_centre_array_(layout_.array(points, 1)),
      centre_table_array_(layout_.array(points, 4)),
      is_centre_(points),
      switches_(points),
      lower_(points) {
  for (uint32_t point = 0; point < points; ++point) points_.push_back({point, 0, 0});
}

/// The squared Euclidean distance.
float FacilityLocation::distance(uint32_t a, uint32_t b) const {
  Random of_a(seed_, points_[a].coordinates);
  Random of_b(seed_, points_[b].coordinates);
  const auto coordinate = [](uint64_t bits) {
    return static_cast<float>(static_cast<uint32_t>(bits) >> 8) * 0x1p-24f;
  };
  float sum = 0;
  for (uint32_t dimension = 0; dimension < dimensions_; dimension += 2) {
    const uint64_t bits_a = of_a();
    const uint64_t bits_b = of_b();
    const float first = coordinate(bits_a) - coordinate(bits_b);
    sum += first * first;
    if (dimension + 1 == dimensions_) break;
    const float second = coordinate(bits_a >> 32) - coordinate(bits_b >> 32);
    sum += second * second;
  }
  return sum;
}

float FacilityLocation::distance(Emitter& emitter, uint32_t a, uint32_t b) const {
  emitter.load(at(a, kCoordinates));
  emitter.load(at(b, kCoordinates));
  uint64_t of_a = coordinate_array_[uint64_t{points_[a].coordinates} * dimensions_];
  uint64_t of_b = coordinate_array_[uint64_t{points_[b].coordinates} * dimensions_];
  for (uint32_t dimension = 0; dimension < dimensions_; ++dimension) {
    emitter.load(of_a, 4);
    emitter.load(of_b, 4);
    emitter.compute(5);  // subtract (with the load), multiply, add; count, compare, branch
    of_a += 4;
    of_b += 4;
  }
  return distance(a, b);
}

void FacilityLocation::shuffle(Emitter& emitter) {
  for (uint32_t point = 0; point + 1 < points(); ++point) {
    const auto other = point + static_cast<uint32_t>(random_.below(points() - point));
    emitter.compute(30);  // lrand48
    for (uint64_t at = 0; at < kPointBytes; at += 8) {
      emitter.load(point_array_[point] + at);
      emitter.load(point_array_[other] + at);
      emitter.store(point_array_[point] + at);
      emitter.store(point_array_[other] + at);
    }
    std::swap(points_[point], points_[other]);
  }
}

void FacilityLocation::open_first_centres(Emitter& emitter, double centre_cost) {
  is_centre_.assign(points(), false);
  is_centre_[0] = true;
  centres_ = 1;
  for (uint32_t point = 0; point < points(); ++point) {
    points_[point].cost = distance(emitter, point, 0);
    points_[point].centre = 0;
    emitter.load(at(point, kWeight), 4);
    emitter.compute(2);
    emitter.store(at(point, kCost), 4);
    emitter.store(at(point, kCentre));
  }
  for (uint32_t centre = 1; centre < points(); ++centre) {
    emitter.load(at(centre, kCost), 4);
    emitter.compute(30);  // lrand48
    if (random_.fraction() >= points_[centre].cost / centre_cost) continue;
    ++centres_;
    is_centre_[centre] = true;
    emitter.store(is_centre_array_[centre], 1);
    for (uint32_t point = 0; point < points(); ++point) {
      const float cost = distance(emitter, centre, point);
      emitter.load(at(point, kWeight), 4);
      emitter.load(at(point, kCost), 4);
      emitter.compute(3);
      if (cost >= points_[point].cost) continue;
      points_[point].cost = cost;
      points_[point].centre = centre;
      emitter.store(at(point, kCost), 4);
      emitter.store(at(point, kCentre));
    }
  }
}

double FacilityLocation::try_centre(Emitter& emitter, uint32_t candidate, double centre_cost) {
  double change = is_centre_[candidate] ? 0 : centre_cost;
  for (uint32_t point = 0; point < points(); ++point) {
    emitter.load(is_centre_array_[point], 1);
    emitter.compute(2);
    if (!is_centre_[point]) continue;
    lower_[point] = 0;
    emitter.store(centre_table_array_[point], 4);
    emitter.store(lower_array_[point]);
  }
  for (uint32_t point = 0; point < points(); ++point) {
    const float cost = distance(emitter, point, candidate);
    emitter.load(at(point, kWeight), 4);
    emitter.load(at(point, kCost), 4);
    emitter.compute(3);
    const float saved = points_[point].cost - cost;
    switches_[point] = saved > 0;
    if (switches_[point]) {
      emitter.store(membership_array_[point], 1);
      change -= saved;
    } else {
      // Closing the point's centre would cost so much more.
      emitter.load(at(point, kCentre));
      emitter.load(centre_table_array_[points_[point].centre], 4);
      emitter.update(lower_array_[points_[point].centre]);
      lower_[points_[point].centre] -= saved;
    }
  }
  uint32_t closed = 0;
  for (uint32_t centre = 0; centre < points(); ++centre) {
    emitter.load(is_centre_array_[centre], 1);
    emitter.compute(2);
    if (!is_centre_[centre]) continue;
    emitter.load(lower_array_[centre]);
    if (centre != candidate && lower_[centre] < centre_cost) {
      ++closed;
      change -= centre_cost - lower_[centre];
    }
  }
  if (change >= 0) return 0;
  for (uint32_t point = 0; point < points(); ++point) {
    const uint32_t centre = points_[point].centre;
    emitter.load(membership_array_[point], 1);
    emitter.load(at(point, kCentre));
    emitter.load(lower_array_[centre]);
    emitter.compute(4);
    const bool closes = centre != candidate && lower_[centre] < centre_cost;
    if (!switches_[point] && !closes) continue;
    points_[point].cost = distance(emitter, point, candidate);
    points_[point].centre = candidate;
    emitter.store(at(point, kCost), 4);
    emitter.store(at(point, kCentre));
  }
  for (uint32_t centre = 0; centre < points(); ++centre) {
    emitter.load(is_centre_array_[centre], 1);
    emitter.compute(2);
    if (!is_centre_[centre] || centre == candidate || lower_[centre] >= centre_cost) continue;
    is_centre_[centre] = false;
    emitter.store(is_centre_array_[centre], 1);
  }
  centres_ += (is_centre_[candidate] ? 0 : 1);
  centres_ -= closed;
  is_centre_[candidate] = true;
  emitter.store(is_centre_array_[candidate], 1);
  return -change;
}

double FacilityLocation::cost(double centre_cost) const {
  double sum = centre_cost * centres_;
  for (uint32_t point = 0; point < points(); ++point) sum += distance(point, points_[point].centre);
  return sum;
}

double FacilityLocation::kept_cost(double centre_cost) const {
  double sum = centre_cost * centres_;
  for (const Point& point : points_) sum += point.cost;
  return sum;
}

Workload streamcluster_workload() {
  Workload streamcluster;
  streamcluster.name = "streamcluster";
  streamcluster.runs = "PARSEC streamcluster: facility location on a block of a stream of points";
  streamcluster.parameters = {
      {"points", "200000", "of a block (with 128 dimensions: 112 MB), 100 to 10000000"},
      {"dimensions", "128", "coordinates of a point, 4 bytes each, 1 to 4096"},
      {"references", "20000000", "loads and stores"},
  };
  streamcluster.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const auto points = static_cast<uint32_t>(parameters.count("points", 100, 10000000));
    const auto dimensions = static_cast<uint32_t>(parameters.count("dimensions", 1, 4096));
    return stream_of(std::make_unique<StreamCluster>(points, dimensions, seed),
                     parameters.references());
  };
  return streamcluster;
}

}  // namespace nestwalk
