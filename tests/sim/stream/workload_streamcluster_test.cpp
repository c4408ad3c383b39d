// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/streamcluster.h"

#include <gtest/gtest.h>

#include "tests/sim/stream/streams.h"
#include "tests/sim/stream/workload_support.h"

namespace nestwalk {
namespace {

constexpr double kCentreCost = 10;

TEST(StreamCluster, KeepsTheCostThatItsAssignmentHas) {
  FacilityLocation location(500, 8, 1);
  test::Discard emitter;
  location.shuffle(emitter);
  location.open_first_centres(emitter, kCentreCost);
  double cost = location.cost(kCentreCost);
  EXPECT_NEAR(location.kept_cost(kCentreCost), cost, 0.01);
  double gained_in_all = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    const double gained = location.try_centre(
        emitter, static_cast<uint32_t>(location.random().below(500)), kCentreCost);
    EXPECT_GE(gained, 0);
    gained_in_all += gained;
    const double after = location.cost(kCentreCost);
    // It gains what it says.
    ASSERT_NEAR(cost - after, gained, 0.01) << i;
    ASSERT_NEAR(location.kept_cost(kCentreCost), after, 0.01);
    cost = after;
  }
  EXPECT_GT(gained_in_all, 0);
  EXPECT_GE(location.centres(), 1u);
}

TEST(StreamCluster, CheapCentresAreManyAndDearOnesFew) {
  const auto centres = [](double centre_cost) {
    FacilityLocation location(300, 4, 1);
    test::Discard emitter;
    location.shuffle(emitter);
    location.open_first_centres(emitter, centre_cost);
    for (uint32_t i = 0; i < 300; ++i) location.try_centre(emitter, i, centre_cost);
    return location.centres();
  };
  EXPECT_GT(centres(0.05), 100u);
  EXPECT_EQ(centres(1000), 1u);
}

TEST(StreamCluster, ReadsTheCoordinatesOfBothPoints) {
  FacilityLocation location(100, 4, 1);
  test::Keep emitter;
  location.open_first_centres(emitter, 1e9);
  // The first point against itself: pointers, four pairs of coordinates, weight, cost, centre.
  const std::vector<Reference>& references = emitter.kept();
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(references[2 + 2 * i].address, kWorkloadBase + 4 * i);
    EXPECT_EQ(references[3 + 2 * i].address, kWorkloadBase + 4 * i);
  }
  EXPECT_EQ(references[13 + 2].address, kWorkloadBase + 16);  // then the second point
}

}  // namespace
}  // namespace nestwalk
