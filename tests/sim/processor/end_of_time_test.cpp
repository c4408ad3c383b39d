// SPDX-License-Identifier: Apache-2.0
// Simulated time is 64 bits of picoseconds: half a year.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kInstructions = ~uint32_t{0};  ///< A reference.
constexpr uint64_t kCpi = 1000;
constexpr uint64_t kInTime = ~uint64_t{0} / 1000 / (kInstructions * kCpi);  ///< References.

/// Timing, and references outstanding.
class EndOfTime : public testing::TestWithParam<std::pair<Timing, uint32_t>> {
 protected:
  static RunResult run(uint64_t count) {
    Config config;
    std::tie(config.timing, config.core.outstanding) = GetParam();
    config.core.cpi = kCpi;
    config.memory.data_path = false;
    const Reference load{kRegion, kInstructions, 0, 8, ReferenceKind::kLoad};
    ListStream stream(std::vector<Reference>(count, load), range(kRegion, kGiB));
    Machine machine(config, stream, {});
    machine.run();
    return machine.result();
  }
};

TEST_P(EndOfTime, IsFarAndSoonReached) {
  const RunResult result = run(kInTime);
  const bool waits = GetParam().second == 1;  // else the next instructions pass meanwhile
  EXPECT_EQ(result.cycles, kInTime * kInstructions * kCpi + (waits ? result.stall_cycles : 0));
}

TEST_P(EndOfTime, IsTold) {
  try {
    run(kInTime + 1);
    FAIL() << "time has gone round";
  } catch (const std::overflow_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "simulated time is at its end: SystemC counts 18446744073709551 cycles");
  }
}

INSTANTIATE_TEST_SUITE_P(Timings, EndOfTime,
                         testing::Values(std::pair(Timing::kLoose, 1),
                                         std::pair(Timing::kApproximate, 1),
                                         std::pair(Timing::kApproximate, 2)));

}  // namespace
}  // namespace nestwalk::test
