// SPDX-License-Identifier: Apache-2.0
// What serving a fault costs is part of the time of the reference that faulted.
#include <gtest/gtest.h>

#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

constexpr Cycles kGuestFault = 1000;
constexpr Cycles kNestedFault = 300;

RunResult run(const std::vector<Reference>& references, Timing timing, uint64_t outstanding,
              bool costly) {
  Config config;
  config.mode = Mode::kBaseVirtualized;
  config.timing = timing;
  config.core.outstanding = outstanding;
  if (costly) {
    config.software.guest_fault = kGuestFault;
    config.software.nested_fault = kNestedFault;
  }
  ListStream stream(references, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  return machine.result();
}

TEST(FaultTime, OfTheLastReferenceCounts) {
  const std::vector<Reference> one{{kRegion, 1, 0, 8, ReferenceKind::kLoad}};
  for (const Timing timing : {Timing::kLoose, Timing::kApproximate})
    for (const uint64_t outstanding : {1, 4}) {
      if (timing == Timing::kLoose && outstanding > 1) continue;
      const RunResult free = run(one, timing, outstanding, false);
      const RunResult costly = run(one, timing, outstanding, true);
      EXPECT_EQ(free.walks.guest_faults, 1);
      EXPECT_EQ(free.walks.nested_faults, 5);
      EXPECT_EQ(costly.cycles, free.cycles + kGuestFault + 5 * kNestedFault) << outstanding;
    }
}

/// The second one's fault is served while the first one walks: it costs what is left of it.
TEST(FaultTime, OverlapsWithWhatIsInFlight) {
  const std::vector<Reference> two{{kRegion, 1, 0, 8, ReferenceKind::kLoad},
                                   {kRegion + 4096, 1, 0, 8, ReferenceKind::kLoad}};
  const RunResult first = run({two[0]}, Timing::kApproximate, 2, true);
  const RunResult both = run(two, Timing::kApproximate, 2, true);
  const RunResult free = run(two, Timing::kApproximate, 2, false);
  const uint64_t second_fault = kGuestFault + kNestedFault;
  EXPECT_EQ(both.walks.guest_faults, 2);
  EXPECT_EQ(both.walks.nested_faults, 6);
  EXPECT_GT(both.cycles, first.cycles);
  EXPECT_LE(both.cycles, free.cycles + kGuestFault + 5 * kNestedFault + second_fault);
  EXPECT_GE(both.cycles, 2 + kGuestFault + 5 * kNestedFault + second_fault);
}

}  // namespace
}  // namespace nestwalk::test
