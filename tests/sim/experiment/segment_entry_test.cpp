// SPDX-License-Identifier: Apache-2.0
// Runs of `l1_tlb.segment_entry` in the closed-form preset, by formulas: dual-direct mode over 8
// MiB and a bit, each 4K page touched twice in order.
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kLargePages = 4;
constexpr uint64_t kSmallPages = 3;  ///< Past the last whole 2M page.
constexpr uint64_t kPages = 512 * kLargePages + kSmallPages;
constexpr uint64_t kRounds = 2;
constexpr uint64_t kCompletion = 5;

struct Way {
  Timing timing;
  bool fast_path;
};
constexpr Way kWays[] = {{Timing::kLoose, true},
                         {Timing::kLoose, false},
                         {Timing::kApproximate, true},
                         {Timing::kApproximate, false}};

nlohmann::ordered_json result(const Way& way, const std::string& size,
                              std::vector<std::string> sets = {}) {
  sets.insert(sets.end(),
              {"mode=dual-direct", "l1_tlb.segment_entry=" + size, "memory.data_path=false",
               "latency.segment_completion=" + std::to_string(kCompletion)});
  const Config config = load_config({"", "closed-form", sets, {}}).config;
  std::vector<Reference> references;
  for (uint64_t i = 0; i < kRounds * kPages; ++i)
    references.push_back({kRegion + i % kPages * 4096, 1, 0, 8, ReferenceKind::kLoad});
  ListStream stream(references, range(kRegion, kPages * 4096));
  Config timed = config;
  timed.timing = way.timing;
  Machine::Options options;
  options.fast_path = way.fast_path;
  Machine machine(timed, stream, options);
  machine.run();
  return to_json(machine.result());
}

void expect(const nlohmann::ordered_json& found, uint64_t misses) {
  const uint64_t references = kRounds * kPages;
  EXPECT_EQ(found["l1_tlb"]["misses"], misses);
  EXPECT_EQ(found["l1_tlb"]["hits"], references - misses);
}

TEST(SegmentEntryRuns, MissOncePerPageOfTheirSize) {
  for (const Way& way : kWays) {
    // 64 entries hold nothing of a round for the next; the few large ones all stay.
    const uint64_t small = kRounds * kPages;
    // The 2M page, and the 1G page, at the segment's end would pass it.
    const uint64_t large = kLargePages + kSmallPages;
    for (const auto& [size, misses] :
         {std::pair{"4K", small}, std::pair{"2M", large}, std::pair{"1G", large}}) {
      const nlohmann::ordered_json found = result(way, size);
      expect(found, misses);
      EXPECT_EQ(found["segments"]["completed"], misses) << size;
      EXPECT_EQ(found["walks"]["count"], 0U) << size;
      EXPECT_EQ(found["stall_cycles"], kCompletion * misses) << size;
      EXPECT_EQ(found["cycles"], kRounds * kPages + kCompletion * misses) << size;
    }
  }
}

TEST(SegmentEntryRuns, MissForEachPageOfTheOneLargePageWithABadOne) {
  for (const Way& way : kWays) {
    const nlohmann::ordered_json found = result(way, "2M", {"bad_pages=1"});
    // Its 511 others push all 4K entries out in each round; itself, walked for, is then in the L2
    // TLB. The walk checks both segments and reads the four nested tables, 100 each.
    const uint64_t completed = kLargePages - 1 + kRounds * (511 + kSmallPages);
    expect(found, completed + kRounds);
    EXPECT_EQ(found["segments"]["completed"], completed);
    EXPECT_EQ(found["walks"]["count"], 1U);
    EXPECT_EQ(found["walks"]["cycles"], 4 * 100 + 2);
    EXPECT_EQ(found["l2_tlb"]["hits"], kRounds - 1);
    EXPECT_EQ(found["stall_cycles"], kCompletion * completed + kRounds * 7 + 402);
  }
}

}  // namespace
}  // namespace nestwalk::test
