// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/live_migration.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace nestwalk {
namespace {

constexpr uint64_t kHostFrames = 4096;
constexpr uint64_t kLarge = 512;

/// A VM of three 2M pages on the first of two hosts, without a VMM segment.
class LiveMigrationOfLargePages : public testing::Test {
 protected:
  static VirtualMachineConfig config() {
    VirtualMachineConfig config;
    config.page = PageSize::k2M;
    config.frames = config.most_frames = 3 * kLarge;
    return config;
  }
  static GuestPhysical address(uint64_t frame) {
    return GuestPhysical(frame << shift(PageSize::k4K));
  }
  void migrate() {
    LiveMigration migration(vm_, destination_, {}, ledger_);
    migration.give_up_block();
    while (migration.step(100) == LiveMigration::State::kGoesOn) continue;
    EXPECT_TRUE(migration.report().identical);
    EXPECT_EQ(&vm_.host(), &destination_);
  }
  /// Which of the pages are contiguous.
  std::string large_pages() const {
    std::string pages;
    for (uint64_t page = 0; page < 3; ++page)
      if (vm_.is_contiguous(page * kLarge, PageSize::k2M)) pages += std::to_string(page);
    return pages;
  }

  PhysicalMemory memory_{2 * kHostFrames << shift(PageSize::k4K)};
  FrameContents contents_{memory_};
  HostMemory source_{{0, kHostFrames}, {}, 1, contents_};
  HostMemory destination_{{kHostFrames, kHostFrames}, {}, 1, contents_};
  Ledger ledger_;
  VirtualMachine vm_{Vpid{1}, config(), source_, ledger_};
};

TEST_F(LiveMigrationOfLargePages, KeepsThemLarge) {
  vm_.write(address(7), 1);
  vm_.write(address(2 * kLarge + 9), 2);
  const uint64_t free = destination_.memory().free_frames();
  migrate();
  EXPECT_EQ(large_pages(), "02");
  EXPECT_EQ(vm_.read(address(7)), 1);
  EXPECT_EQ(vm_.read(address(2 * kLarge + 9)), 2);
  EXPECT_EQ(destination_.memory().free_frames(), free - 2 * kLarge);
}

TEST_F(LiveMigrationOfLargePages, KeepsSmallPagesSmall) {
  vm_.back(0);
  vm_.back(kLarge);
  vm_.release(kLarge + 5);
  const uint64_t free = destination_.memory().free_frames();
  migrate();
  EXPECT_EQ(large_pages(), "0");
  EXPECT_EQ(vm_.host_frame(kLarge + 5), std::nullopt);
  EXPECT_EQ(destination_.memory().free_frames(), free - 2 * kLarge + 1);
}

// One frame in use in every 2 MiB.
TEST_F(LiveMigrationOfLargePages, TakesSmallPagesWhereTheDestinationHasNoOthers) {
  for (uint64_t frame = kHostFrames + 100; frame < 2 * kHostFrames; frame += kLarge)
    ASSERT_TRUE(destination_.take({frame, 1}));
  vm_.write(address(7), 1);
  migrate();
  EXPECT_EQ(large_pages(), "");
  EXPECT_EQ(vm_.read(address(7)), 1);
}

// Room for one of two large pages and some of the other's.
TEST_F(LiveMigrationOfLargePages, IsAbandonedWhereTheDestinationIsFull) {
  vm_.write(address(7), 1);
  vm_.write(address(2 * kLarge + 9), 2);
  std::vector<uint64_t> others;
  while (destination_.memory().free_frames() > kLarge + 100)
    others.push_back(destination_.allocate(0).value());
  const uint64_t free = destination_.memory().free_frames();
  LiveMigration migration(vm_, destination_, {}, ledger_);
  migration.give_up_block();
  LiveMigration::State state = LiveMigration::State::kGoesOn;
  while (state == LiveMigration::State::kGoesOn) state = migration.step(100);
  EXPECT_EQ(state, LiveMigration::State::kAbandoned);
  EXPECT_EQ(migration.report().pages, free);
  EXPECT_EQ(destination_.memory().free_frames(), free);
  EXPECT_EQ(&vm_.host(), &source_);
  EXPECT_EQ(vm_.read(address(7)), 1);
  vm_.write(address(2 * kLarge + 9), 3);
  for (const uint64_t frame : others) destination_.give({frame, 1});
  migrate();
  EXPECT_EQ(large_pages(), "02");
  EXPECT_EQ(vm_.read(address(2 * kLarge + 9)), 3);
}

}  // namespace
}  // namespace nestwalk
