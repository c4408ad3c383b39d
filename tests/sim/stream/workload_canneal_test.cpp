// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/canneal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/stream/workload_support.h"

namespace nestwalk {
namespace {

TEST(Canneal, FanOutIsFanInSeenFromTheOtherEnd) {
  const Netlist netlist(1000, 3);
  for (uint32_t element = 0; element < 1000; ++element) {
    for (uint32_t pin = 0; pin < Netlist::kPins; ++pin)
      ASSERT_EQ(netlist.fan_out(netlist.fan_in(element, pin), pin), element);
  }
}

TEST(Canneal, ElementsKeepPlacesOfTheirOwn) {
  Annealing annealing(500, 1000, 1);
  annealing.restart();
  test::Discard emitter;
  for (int i = 0; i < 5000; ++i) annealing.move(emitter);
  std::vector<uint32_t> places = annealing.places();
  std::sort(places.begin(), places.end());
  for (uint32_t place = 0; place < places.size(); ++place) ASSERT_EQ(places[place], place);
}

TEST(Canneal, KnowsWhatAMoveChanges) {
  // Among so many elements two neighbours hardly ever swap, for which the program misjudges.
  Annealing annealing(100000, 1000, 1);
  annealing.restart();
  const int64_t before = annealing.routing_cost();
  test::Discard emitter;
  for (int i = 0; i < 300; ++i) annealing.move(emitter);
  EXPECT_NE(annealing.cost_change(), 0);
  EXPECT_EQ(annealing.routing_cost() - before, annealing.cost_change());
}

TEST(Canneal, ShortensWires) {
  Annealing annealing(400, 4000, 1);
  annealing.restart();
  const int64_t before = annealing.routing_cost();
  test::Discard emitter;
  while (!annealing.cold()) annealing.move(emitter);
  EXPECT_LT(annealing.routing_cost(), before * 8 / 10);
}

TEST(Canneal, AMoveReadsTwoElementsAndTheirTenNeighbours) {
  Annealing annealing(10000, 1, 1);
  annealing.restart();
  test::Keep emitter;
  annealing.move(emitter);
  // A place each; vectors of pointers; each pin: pointer, place, two coordinates.
  const size_t loads = 2 + 2 * (4 + 10 * 4);
  // An accepted move puts four more.
  ASSERT_GE(emitter.kept().size() + 1, loads);
  for (size_t i = 0; i + 1 < loads; ++i)
    EXPECT_EQ(emitter.kept()[i].kind, ReferenceKind::kLoad) << i;
}

}  // namespace
}  // namespace nestwalk
