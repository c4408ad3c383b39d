// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/fragmentation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/software/allocator/free_runs.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kFrames = uint64_t{1} << 18;  // 1 GiB

struct Fragmented {
  explicit Fragmented(const FragmentationConfig& config, uint64_t seed = 1) {
    memory.add({0, kFrames});
    fragment(memory, {0, kFrames}, config, seed, immovable);
  }
  BuddyAllocator memory{kFrames};
  FrameSet immovable{kFrames};
};

TEST(Fragmentation, HasTheShareAndTheRunsAskedFor) {
  for (const double used : {0.1, 0.5, 0.9})
    for (const uint64_t mean : {1, 16, 500}) {
      SCOPED_TRACE(testing::Message() << used << " used in runs of " << mean);
      const Fragmented made({used, mean, 0});
      const FreeRunStatistics free = free_runs(made.memory);
      EXPECT_EQ(free.frames, kFrames - static_cast<uint64_t>(used * kFrames));
      EXPECT_EQ(free.frames, made.memory.free_frames());
      // As many runs in use as free ones, give or take one: hundreds at least, so within 20 %. Free
      // ones are a frame at least.
      const double wanted = std::fmax(1, static_cast<double>(mean) * (1 - used) / used);
      EXPECT_NEAR(free.mean() / wanted, 1, 0.2);
      if (wanted > 1) {
        EXPECT_LT(free.largest, 40 * (wanted + 1));
      }
    }
}

TEST(Fragmentation, NoneAndAlmostAll) {
  const FreeRunStatistics none = free_runs(Fragmented({0, 64, 0}).memory);
  EXPECT_EQ(none.runs, 1);
  EXPECT_EQ(none.largest, kFrames);
  const FreeRunStatistics full = free_runs(Fragmented({0.999, 64, 0}).memory);
  EXPECT_EQ(full.frames, kFrames - static_cast<uint64_t>(0.999 * kFrames));
}

// 0.9 in runs of 1 would need free runs of 1/9: runs in use are 9 long instead, and lie everywhere.
TEST(Fragmentation, FreeFramesLieEverywhereHoweverFewTheyAre) {
  for (const double used : {0.9, 0.99, 0.999}) {
    const Fragmented made({used, 1, 0});
    const uint64_t free = made.memory.free_frames();
    for (const uint64_t quarter : {0, 1, 2, 3}) {
      const uint64_t here = made.memory.free_set().count({quarter * kFrames / 4, kFrames / 4});
      EXPECT_NEAR(static_cast<double>(here), static_cast<double>(free) / 4,
                  5 * std::sqrt(static_cast<double>(free)))
          << used;
    }
  }
}

TEST(Fragmentation, TheImmovableShareIsOneOfRuns) {
  const Fragmented made({0.5, 16, 0.25});
  const uint64_t immovable = made.immovable.count({0, kFrames});
  EXPECT_NEAR(static_cast<double>(immovable) / (0.5 * kFrames), 0.25, 0.02);
  for (uint64_t frame = made.immovable.next(0); frame != FrameSet::kNone;
       frame = made.immovable.next(frame + 1))
    ASSERT_FALSE(made.memory.is_free(frame));
}

TEST(Fragmentation, ComesFromTheSeedAlone) {
  const auto runs = [](uint64_t seed) {
    return free_runs(Fragmented({0.5, 16, 0.25}, seed).memory).by_order;
  };
  EXPECT_EQ(runs(1), runs(1));
  EXPECT_NE(runs(1), runs(2));
}

TEST(FreeRuns, AreCountedByLength) {
  BuddyAllocator memory(1000);
  memory.add({0, 1});
  memory.add({10, 7});
  memory.add({20, 8});
  const FreeRunStatistics free = free_runs(memory);
  EXPECT_EQ(free.runs, 3);
  EXPECT_EQ(free.frames, 16);
  EXPECT_EQ(free.largest, 8);
  EXPECT_EQ(free.by_order[0], 1);
  EXPECT_EQ(free.by_order[2], 1);
  EXPECT_EQ(free.by_order[3], 1);
}

}  // namespace
}  // namespace nestwalk::test
