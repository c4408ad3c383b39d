// SPDX-License-Identifier: Apache-2.0
#include "model/tlm/clock.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

using ClockTest = SystemCTest;

TEST_F(ClockTest, CyclesBecomeTimeAndCyclesAgain) {
  for (const uint64_t picoseconds : {1U, 3U, 455U, 1000U, 1001U}) {
    const Clock clock(picoseconds);
    for (const uint64_t cycles : {uint64_t{0}, uint64_t{1}, uint64_t{7}, uint64_t{190},
                                  uint64_t{1} << 20, uint64_t{1} << 32, (uint64_t{1} << 50) + 1}) {
      EXPECT_EQ(clock.cycles(cycles).value(), cycles * picoseconds);
      EXPECT_EQ(clock.count(clock.cycles(cycles)), cycles);
      EXPECT_EQ(clock.count(clock.cycles(cycles) + clock.cycles(1)), cycles + 1);
    }
  }
}

// A memory or an initiator of another clock may answer or ask within a cycle.
TEST_F(ClockTest, APartOfACycleIsNone) {
  for (const uint64_t picoseconds : {1U, 2U, 455U, 1000U, 1001U, 4096U}) {
    const Clock clock(picoseconds);
    for (uint64_t time = 1; time < uint64_t{1} << 62; time = 2 * time + time / 3)
      for (const uint64_t near : {time - 1, time, time + 1})
        EXPECT_EQ(clock.count(sc_core::sc_time::from_value(near)), near / picoseconds);
  }
}

TEST_F(ClockTest, TimeHasAnEnd) {
  for (const uint64_t picoseconds : {2U, 455U, 1000U}) {
    const Clock clock(picoseconds);
    const uint64_t last = ~uint64_t{0} / picoseconds;
    EXPECT_EQ(clock.later(clock.cycles(3), last - 3), clock.cycles(last));
    EXPECT_THROW(clock.later(clock.cycles(3), last - 2), std::overflow_error);
    EXPECT_THROW(clock.later(clock.cycles(0), last + 1), std::overflow_error);
  }
}

TEST_F(ClockTest, ACycleThatTheTimeResolutionDoesNotDivideIsRefused) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  for (const uint64_t picoseconds : {0U, 400U, 1500U})
    EXPECT_THROW(Clock{picoseconds}, std::invalid_argument) << picoseconds;
  EXPECT_EQ(Clock(2000).cycles(3).value(), 6U);
}

}  // namespace
}  // namespace nestwalk::test
