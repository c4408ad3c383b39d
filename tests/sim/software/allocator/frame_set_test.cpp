// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/frame_set.h"

#include <gtest/gtest.h>

#include <set>

#include "model/paging/access.h"
#include "tests/support/random.h"

namespace nestwalk::test {
namespace {

uint64_t next_of(const std::set<uint64_t>& members, uint64_t from) {
  const auto found = members.lower_bound(from);
  return found == members.end() ? FrameSet::kNone : *found;
}

TEST(FrameSet, IsASet) {
  for (const uint64_t size : {1, 63, 64, 65, 4096, 4097, 300000}) {
    SCOPED_TRACE(size);
    Random random(size);
    FrameSet set(size);
    std::set<uint64_t> expected;
    for (int i = 0; i < 2000; ++i) {
      const uint64_t first = random.below(size);
      const FrameRun run{first, 1 + random.below(std::min<uint64_t>(size - first, 200))};
      switch (random.below(4)) {
        case 0:
          set.set(first);
          expected.insert(first);
          break;
        case 1:
          set.reset(first);
          expected.erase(first);
          break;
        case 2:
          set.set(run);
          for (uint64_t n = run.first; n < run.end(); ++n) expected.insert(n);
          break;
        default:
          set.reset(run);
          for (uint64_t n = run.first; n < run.end(); ++n) expected.erase(n);
      }
      const uint64_t from = random.below(size);
      ASSERT_EQ(set.next(from), next_of(expected, from));
      ASSERT_EQ(set.test(from), expected.count(from) != 0);
      uint64_t missing = from;
      while (missing < size && expected.count(missing) != 0) ++missing;
      ASSERT_EQ(set.next_missing(from), missing);
      const auto in_run =
          std::distance(expected.lower_bound(run.first), expected.lower_bound(run.end()));
      ASSERT_EQ(set.count(run), static_cast<uint64_t>(in_run));
    }
  }
}

TEST(FrameSet, RunsAreMaximal) {
  FrameSet set(1000);
  set.set(FrameRun{10, 100});
  set.set(FrameRun{110, 5});
  set.set(999);
  EXPECT_EQ(set.next_run(0), (FrameRun{10, 105}));
  EXPECT_EQ(set.next_run(60), (FrameRun{60, 55}));
  EXPECT_EQ(set.next_run(115), (FrameRun{999, 1}));
  EXPECT_EQ(FrameSet(1000).next_run(0).count, 0);
}

}  // namespace
}  // namespace nestwalk::test
