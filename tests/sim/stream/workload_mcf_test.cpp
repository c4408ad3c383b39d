// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "sim/stream/workload/network_simplex.h"
#include "tests/sim/stream/streams.h"
#include "tests/sim/stream/workload_support.h"

namespace nestwalk {
namespace {

/// The least cost of a schedule: over all ways to give each trip's vehicle a next trip or none.
int64_t least_cost(const VehicleScheduling& problem) {
  const uint32_t trips = problem.trips();
  int64_t through_depot = 0;
  std::vector<int64_t> from_depot(trips), to_depot(trips);
  for (uint32_t trip = 0; trip < trips; ++trip) {
    from_depot[trip] = problem.arc(trip).cost;
    to_depot[trip] = problem.arc(trips + trip).cost;
    through_depot += from_depot[trip] + to_depot[trip];
  }
  // Best change for each set of starts that are taken, trip by trip.
  std::vector<int64_t> best(size_t{1} << trips, std::numeric_limits<int64_t>::max());
  best[0] = 0;
  for (uint32_t trip = 0; trip < trips; ++trip) {
    std::vector<int64_t> next = best;
    for (uint64_t number = 2 * uint64_t{trips}; number < problem.arcs(); ++number) {
      const VehicleScheduling::Arc arc = problem.arc(number);
      if (arc.tail != problem.end(trip)) continue;
      const uint32_t start = arc.head - problem.start(0);
      for (size_t taken = 0; taken < best.size(); ++taken) {
        if ((taken >> start & 1) != 0 || best[taken] == std::numeric_limits<int64_t>::max())
          continue;
        int64_t& with = next[taken | size_t{1} << start];
        with = std::min(with, best[taken] + arc.cost - to_depot[trip] - from_depot[start]);
      }
    }
    best = next;
  }
  return through_depot + *std::min_element(best.begin(), best.end());
}

TEST(NetworkSimplex, FindsTheCheapestSchedule) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const uint32_t trips : {2, 5, 9}) {
      const VehicleScheduling problem(trips, 3, seed);
      NetworkSimplex simplex(problem);
      test::Discard emitter;
      while (simplex.pivot(emitter)) {
      }
      EXPECT_EQ(simplex.cost(), least_cost(problem)) << trips << " trips, seed " << seed;
    }
  }
}

TEST(NetworkSimplex, KeepsAFlowAndNeverGetsDearer) {
  NetworkSimplex simplex(VehicleScheduling(500, 40, 1));
  test::Discard emitter;
  int64_t before = simplex.cost();
  const int64_t first = before;
  int pivots = 0;
  for (; simplex.pivot(emitter); ++pivots) {
    const int64_t cost = simplex.cost();
    ASSERT_NE(cost, -1) << "after " << pivots;
    ASSERT_LE(cost, before);
    before = cost;
  }
  EXPECT_GT(pivots, 500);
  EXPECT_LT(before, first / 5);
}

/// The rule by which the leaving arc is chosen among several.
TEST(NetworkSimplex, KeepsStronglyFeasibleTreesThroughDegenerateSteps) {
  int degenerate = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    NetworkSimplex simplex(VehicleScheduling(60, 20, seed));
    ASSERT_TRUE(simplex.is_strongly_feasible());
    test::Discard emitter;
    for (int64_t before = simplex.cost(); simplex.pivot(emitter); before = simplex.cost()) {
      ASSERT_TRUE(simplex.is_strongly_feasible()) << "seed " << seed;
      degenerate += simplex.cost() == before;
    }
  }
  EXPECT_GT(degenerate, 100);
}

TEST(NetworkSimplex, BeginsAnew) {
  NetworkSimplex simplex(VehicleScheduling(20, 5, 2));
  const int64_t first = simplex.cost();
  test::Keep once, again;
  while (simplex.pivot(once)) {
  }
  EXPECT_LT(simplex.cost(), first);
  simplex.restart();
  EXPECT_EQ(simplex.cost(), first);
  while (simplex.pivot(again)) {
  }
  EXPECT_EQ(again.kept(), once.kept());
}

TEST(NetworkSimplex, PricesGroupsOfArcsThatAreFarApart) {
  // 22500 trips: groups of 300 arcs, some 5 MiB between one and the next.
  NetworkSimplex simplex(VehicleScheduling(22500, 1180, 1));
  test::Keep emitter;
  simplex.pivot(emitter);
  const uint64_t arcs = uint64_t{22500} * 1182;
  const uint64_t stride = ((arcs - 1) / 300 + 1) * 64;
  uint64_t last = 0;
  int steps = 0;
  for (const Reference& reference : emitter.kept()) {
    if (reference.size != 4) continue;  // an arc's `ident`
    if (last != 0 && reference.address > last) {
      ASSERT_EQ(reference.address - last, stride);
      ++steps;
    }
    last = reference.address;
  }
  EXPECT_GE(steps, 299);
}

}  // namespace
}  // namespace nestwalk
