// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/omnetpp.h"

#include <gtest/gtest.h>

#include "tests/sim/stream/workload_support.h"

namespace nestwalk {
namespace {

TEST(Omnetpp, TimeNeverGoesBack) {
  EthernetSimulation simulation(100, 1);
  test::Discard emitter;
  double before = 0;
  for (int i = 0; i < 50000; ++i) {
    simulation.step(emitter);
    ASSERT_GE(simulation.now(), before) << "event " << i;
    before = simulation.now();
  }
  EXPECT_GT(before, 1e-3);
}

TEST(Omnetpp, FramesArriveUnlessTheyAreUnderWay) {
  EthernetSimulation simulation(300, 2);
  test::Discard emitter;
  for (int i = 0; i < 200000; ++i) {
    simulation.step(emitter);
    ASSERT_EQ(simulation.sent(), simulation.received() + simulation.in_flight());
  }
  EXPECT_GT(simulation.received(), 1000u);
  EXPECT_LT(simulation.in_flight(), 900u);
}

TEST(Omnetpp, HeapsOfEventsAreReadFromTheRoot) {
  EthernetSimulation simulation(1000, 1);
  test::Keep emitter;
  simulation.step(emitter);
  const std::vector<Reference>& references = emitter.kept();
  ASSERT_GT(references.size(), 3u);
  const uint64_t root = references[0].address;
  EXPECT_EQ(references[1].address, root + 8 * 999);  // the last, which takes the root's place
  EXPECT_EQ(references[2].address, root + 8);        // then the root's two children
  EXPECT_EQ(references[3].address, root + 16);
}

}  // namespace
}  // namespace nestwalk
