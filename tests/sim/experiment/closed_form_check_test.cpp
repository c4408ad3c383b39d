// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/closed_form_check.h"

#include <gtest/gtest.h>

#include "sim/experiment/run.h"

namespace nestwalk {
namespace {

RunResult closed_form_run(Mode mode, const std::string& pages) {
  Config config;
  config.workload = "gups:size=4GiB,updates=3000";
  config.mode = mode;
  config.paging.pages = parse_pages(pages);
  RunSpec spec;
  spec.config = closed_form_config(config);
  return run(spec);
}

TEST(ClosedFormCheck, AcceptsEveryModeAndPageSize) {
  for (const char* pages : {"4K+4K", "4K+2M", "4K+1G", "2M+2M", "2M+1G", "1G+1G", "THP+2M"})
    for (const Mode mode : kModes) EXPECT_EQ(closed_form_breach(closed_form_run(mode, pages)), "");
}

TEST(ClosedFormCheck, CountsWhatThpLeavesSmall) {
  Config config;
  config.workload = "gups:size=4100KiB,updates=3000";  // two 2M pages and one 4K page
  config.mode = Mode::kBaseVirtualized;
  config.paging.pages = parse_pages("THP+2M");
  RunSpec spec;
  spec.config = closed_form_config(config);
  const RunResult result = run(spec);
  EXPECT_GT(result.walks.references[1][0], 0u);
  EXPECT_EQ(closed_form_breach(result), "");
}

// The check is of the stream that is verified: of the same part of it.
TEST(ClosedFormCheck, RunsThePartOfTheStreamThatIsAskedFor) {
  Config config;
  config.skip = 7;
  config.warmup = 8;
  config.references = 9;
  const Config made = closed_form_config(config);
  EXPECT_EQ(made.skip, 7u);
  EXPECT_EQ(made.warmup, 8u);
  EXPECT_EQ(made.references, 9u);
}

/// What a walker would count that reads or checks once too often, or not often enough.
TEST(ClosedFormCheck, RefusesOneReadOrCheckMoreOrLess) {
  for (const Mode mode :
       {Mode::kNative, Mode::kBaseVirtualized, Mode::kVmmDirect, Mode::kGuestDirect}) {
    const RunResult right = closed_form_run(mode, "4K+4K");
    ASSERT_GT(right.walks.walks, 0u);
    RunResult one_read = right;
    one_read.walks.memory_references += 1;
    one_read.walks.cycles += 100;
    EXPECT_NE(closed_form_breach(one_read), "");
    RunResult one_check = right;
    one_check.walks.segment_checks += 1;
    one_check.walks.cycles += 1;
    EXPECT_NE(closed_form_breach(one_check), "");
    RunResult reads_for_walks = right;
    reads_for_walks.walks.memory_references -= right.walks.walks;
    reads_for_walks.walks.cycles -= 100 * right.walks.walks;
    EXPECT_NE(closed_form_breach(reads_for_walks), "");
    RunResult one_cycle = right;
    one_cycle.walks.cycles += 1;
    EXPECT_NE(closed_form_breach(one_cycle), "");
  }
}

TEST(ClosedFormCheck, SaysWhatIsWrong) {
  RunResult result = closed_form_run(Mode::kVmmDirect, "4K+4K");
  const uint64_t walks = result.walks.walks;
  const uint64_t reads = result.walks.memory_references;
  result.walks.memory_references += walks;
  EXPECT_EQ(closed_form_breach(result), "vmm-direct: " + std::to_string(walks) + " walks, " +
                                            std::to_string(reads + walks) +
                                            " table reads instead of " + std::to_string(reads));
}

}  // namespace
}  // namespace nestwalk
