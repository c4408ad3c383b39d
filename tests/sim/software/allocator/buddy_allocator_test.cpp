// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/buddy_allocator.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/paging/access.h"
#include "tests/support/random.h"

namespace nestwalk::test {
namespace {

constexpr int kTop = BuddyAllocator::kMaxOrder;

TEST(BuddyAllocator, GivesTheLowestOfTheSmallestBlocksThatFit) {
  BuddyAllocator memory(64);
  memory.add({0, 64});
  EXPECT_TRUE(memory.take({0, 20}));  // left: 20-23, 24-31, 32-63
  EXPECT_EQ(memory.allocate(0), 20U);
  EXPECT_EQ(memory.allocate(3), 24U);
  EXPECT_EQ(memory.allocate(2), 32U);
  EXPECT_EQ(memory.allocate(1), 22U);
  EXPECT_EQ(memory.allocate(6), std::nullopt);
}

TEST(BuddyAllocator, BuddiesMerge) {
  BuddyAllocator memory(16);
  memory.add({0, 16});
  for (uint64_t frame = 0; frame < 16; ++frame) EXPECT_EQ(memory.allocate(0), frame);
  EXPECT_EQ(memory.free_frames(), 0);
  for (uint64_t frame = 15; frame + 1 > 0; --frame) memory.add({frame, 1});
  EXPECT_TRUE(memory.has_block(0, 4));
}

TEST(BuddyAllocator, BlocksEndAtOneGibibyte) {
  BuddyAllocator memory(uint64_t{4} << kTop);
  memory.add({0, uint64_t{4} << kTop});
  EXPECT_TRUE(memory.has_block(uint64_t{3} << kTop, kTop));
  EXPECT_EQ(memory.allocate(kTop), 0U);
  EXPECT_EQ(memory.allocate(kTop), uint64_t{1} << kTop);
}

TEST(BuddyAllocator, TakesARunOnlyIfAllOfItIsFree) {
  BuddyAllocator memory(100);
  memory.add({0, 100});
  EXPECT_TRUE(memory.take({37, 1}));
  EXPECT_FALSE(memory.take({30, 10}));
  EXPECT_EQ(memory.free_frames(), 99);
  EXPECT_FALSE(memory.take({99, 2}));
  EXPECT_TRUE(memory.take({38, 62}));
  EXPECT_EQ(memory.free_frames(), 37);
}

TEST(BuddyAllocator, FindsTheLowestAlignedRun) {
  BuddyAllocator memory(64);
  memory.add({3, 9});
  memory.add({20, 30});
  EXPECT_EQ(memory.find_run(4, 1), (FrameRun{3, 4}));
  EXPECT_EQ(memory.find_run(4, 4), (FrameRun{4, 4}));
  EXPECT_EQ(memory.find_run(10, 16), (FrameRun{32, 10}));
  EXPECT_EQ(memory.find_run(31, 1), std::nullopt);
  EXPECT_EQ(memory.find_run(4, 8, 5), (FrameRun{5, 4}));
  EXPECT_EQ(memory.find_run(4, 8, 2), (FrameRun{26, 4}));
  EXPECT_EQ(memory.find_run(10, 16, 4), (FrameRun{20, 10}));
}

// Against a plain array of flags.
TEST(BuddyAllocator, NeverGivesAFrameTwiceAndLosesNone) {
  constexpr uint64_t kFrames = 3000;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    BuddyAllocator memory(kFrames);
    memory.add({5, kFrames - 5});
    std::vector<bool> free(kFrames, true);
    std::fill_n(free.begin(), 5, false);
    std::vector<FrameRun> held;
    for (int i = 0; i < 3000; ++i) {
      if (random.chance(55)) {
        const int order = static_cast<int>(random.below(8));
        if (const auto first = memory.allocate(order)) {
          held.push_back({*first, uint64_t{1} << order});
          ASSERT_EQ(*first % held.back().count, 0);
          for (uint64_t f = *first; f < held.back().end(); ++f) {
            ASSERT_TRUE(free[f]);
            free[f] = false;
          }
        }
      } else if (!held.empty()) {
        std::swap(held[random.below(held.size())], held.back());
        for (uint64_t f = held.back().first; f < held.back().end(); ++f) free[f] = true;
        memory.add(held.back());
        held.pop_back();
      }
      ASSERT_EQ(memory.free_frames(),
                static_cast<uint64_t>(std::count(free.begin(), free.end(), true)));
    }
    for (uint64_t f = 0; f < kFrames; ++f) ASSERT_EQ(memory.is_free(f), free[f]);
  }
}

}  // namespace
}  // namespace nestwalk::test
