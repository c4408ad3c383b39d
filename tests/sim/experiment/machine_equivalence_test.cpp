// SPDX-License-Identifier: Apache-2.0
// LT = AT with one reference outstanding, with the fast path and without: every counter, every
// cycle, and the TLBs entry by entry, over random machines and streams. With more outstanding the
// sums still hold.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

/// What all runs have met: runs that never walk, or never hit, would prove little.
struct Tally {
  uint64_t completed = 0;
  uint64_t l2_hits = 0;
  uint64_t walks = 0;
  uint64_t dirty_assists = 0;
  uint64_t faults = 0;
};

void count(const nlohmann::ordered_json& result, Tally& tally) {
  tally.completed += result["segments"]["completed"].get<uint64_t>();
  tally.l2_hits += result["l2_tlb"]["hits"].get<uint64_t>();
  tally.walks += result["walks"]["count"].get<uint64_t>();
  tally.dirty_assists += result["walks"]["dirty_assists"].get<uint64_t>();
  tally.faults += result["faults"]["guest"].get<uint64_t>();
}

Found run_by_sse2(const Config& config, const std::vector<Reference>& stream) {
  setenv("NESTWALK_SSE2", "1", 1);
  const Found found = run(config, stream, Timing::kLoose, true);
  unsetenv("NESTWALK_SSE2");
  return found;
}

std::string compare_runs(uint64_t seed, Tally& tally) {
  Random random(seed);
  const Config config = RandomConfig(random).draw();
  const std::vector<Reference> stream = RandomStream(random, config).draw(300 + random.below(1500));
  const Found expected = run(config, stream, Timing::kLoose, false);
  count(expected.result, tally);
  return difference("LT fast path", run(config, stream, Timing::kLoose, true), expected) +
         difference("LT fast path, SSE2", run_by_sse2(config, stream), expected) +
         difference("AT", run(config, stream, Timing::kApproximate, false), expected) +
         difference("AT fast path", run(config, stream, Timing::kApproximate, true), expected);
}

RC_GTEST_PROP(MachineEquivalence, LtEqualsAtWithAndWithoutFastPath, (uint64_t seed)) {
  Tally tally;
  RC_ASSERT(compare_runs(scrambled(seed), tally) == "");
}

TEST(MachineEquivalence, RunsMeetEverything) {
  Tally tally;
  for (uint64_t seed = 0; seed < 60; ++seed) ASSERT_EQ(compare_runs(seed, tally), "") << seed;
  EXPECT_GT(tally.completed, 300U);
  EXPECT_GT(tally.l2_hits, 300U);
  EXPECT_GT(tally.walks, 5000U);
  EXPECT_GT(tally.dirty_assists, 300U);
  EXPECT_GT(tally.faults, 300U);
}

/// The guest segment and the nested TLB answer walks that read nothing: more of them in a row than
/// reads are gathered.
TEST(MachineEquivalence, WalksThatReadNothing) {
  Config config;
  config.mode = Mode::kGuestDirect;
  config.paging.pages = {GuestPages::k4K, PageSize::k4K};
  config.memory.data_path = false;
  config.mmu.nested_tlb.kind = NestedTlbKind::kDedicated;
  config.mmu.nested_tlb.entries = 4096;
  std::vector<Reference> stream;
  for (int round = 0; round < 3; ++round)
    for (uint64_t page = 0; page < 1500; ++page)
      stream.push_back({kRegion + page * 4096, 1, 0, 1, ReferenceKind::kLoad});
  const Found expected = run(config, stream, Timing::kLoose, false);
  EXPECT_EQ(expected.result["walks"]["count"], 4500);
  EXPECT_EQ(difference("LT fast path", run(config, stream, Timing::kLoose, true), expected), "");
}

RC_GTEST_PROP(MachineEquivalence, SumsHoldWithMoreOutstanding, (uint64_t seed)) {
  Random random(scrambled(seed));
  Config config = RandomConfig(random).draw();
  config.timing = Timing::kApproximate;
  config.core.count = static_cast<uint32_t>(1 + random.below(3));
  config.core.outstanding = static_cast<uint32_t>(2 + random.below(10));
  std::vector<Reference> references = RandomStream(random, config).draw(800);
  for (Reference& reference : references)
    reference.thread = static_cast<uint16_t>(random.below(config.core.count));
  ListStream stream(references, range(kRegion, kRegionSize));
  Machine::Options options;
  options.fast_path = random.chance(50);
  Machine machine(config, stream, options);
  machine.run();
  const RunResult result = machine.result();
  for (size_t core = 0; core < config.core.count; ++core)
    RC_ASSERT(machine.mmu(core).in_flight() == 0U);
  RC_ASSERT(result.l1_tlb.hits + result.l1_tlb.misses == result.references);
  RC_ASSERT(result.l1_tlb.misses ==
            result.segments_completed + result.l2_tlb.hits + result.l2_tlb.misses);
  RC_ASSERT(result.l2_tlb.misses == result.walks.walks + result.walks.merged);
  const auto& served = result.walks.served_by;
  RC_ASSERT(std::accumulate(served.begin(), served.end(), uint64_t{0}) ==
            result.walks.memory_references);
}

}  // namespace
}  // namespace nestwalk::test
