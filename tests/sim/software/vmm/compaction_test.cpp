// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/compaction.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

#include "sim/software/vmm/live_migration.h"

namespace nestwalk {
namespace {

constexpr uint64_t kGuestFrames = 512;

class CompactionTest : public testing::Test {
 protected:
  /// Hosts of so many frames each, with a VM of 512 frames on the first and, if asked, on others.
  void build(uint64_t frames, size_t hosts, const std::vector<size_t>& vms) {
    memory_.emplace(hosts * frames << shift(PageSize::k4K));
    contents_.emplace(*memory_);
    for (size_t i = 0; i < hosts; ++i)
      hosts_.emplace_back(FrameRun{i * frames, frames}, FragmentationConfig{}, 1, *contents_);
    VirtualMachineConfig config;
    config.frames = config.most_frames = kGuestFrames;
    for (const size_t host : vms)
      vms_.emplace_back(static_cast<Vpid>(vms_.size() + 1), config, hosts_[host], ledger_);
  }
  std::optional<Compaction> plan(VirtualMachine& vm) {
    return Compaction::plan(vm, ledger_, [this](Vpid vpid) -> VirtualMachine& {
      return vms_[static_cast<size_t>(vpid) - 1];
    });
  }
  static GuestPhysical address(uint64_t frame) {
    return GuestPhysical(frame << shift(PageSize::k4K));
  }

  std::optional<PhysicalMemory> memory_;
  std::optional<FrameContents> contents_;
  Ledger ledger_;
  std::deque<HostMemory> hosts_;
  std::deque<VirtualMachine> vms_;
};

// 1008 frames beside the VMM's own, 496 of them somebody else's: the window is all that is free.
TEST_F(CompactionTest, APageComesFromTheSwapDeviceStraightToItsPlace) {
  build(1024, 1, {0});
  HostMemory& host = hosts_[0];
  VirtualMachine& vm = vms_[0];
  ASSERT_TRUE(host.take({16, 496}));
  vm.write(address(kGuestFrames - 1), 7);
  ASSERT_TRUE(vm.swap_out(kGuestFrames - 1));
  ASSERT_EQ(host.memory().free_frames(), kGuestFrames);
  std::optional<Compaction> compaction = plan(vm);
  ASSERT_TRUE(compaction.has_value());
  EXPECT_EQ(compaction->step(kGuestFrames), Compaction::Progress::kDone);
  EXPECT_TRUE(vm.has_whole_block());
  EXPECT_EQ(vm.read(address(kGuestFrames - 1)), 7);
  EXPECT_EQ(ledger_.count(Operation::kSwapIn), 1);
  EXPECT_EQ(ledger_.count(Operation::kPageCopy), 0);
}

/// Two VMs on a host. The first has a block, two places of which the second has got meanwhile:
/// those of page 5, which lies elsewhere, and of page 6, which has no frame.
class CompactionOfABlock : public CompactionTest {
 protected:
  void SetUp() override {
    build(2048, 1, {0, 0});
    ASSERT_TRUE(vm().reserve_block());
    first_ = vm().block()->first_frame;
    vm().release(5);
    vm().release(6);
    other().write(address(0), 7);
    other().write(address(1), 8);
    ASSERT_EQ(other().host_frame(0), first_ + 5);
    ASSERT_EQ(other().host_frame(1), first_ + 6);
    vm().restore({5, 6});
    vm().write(address(5), 9);
  }
  VirtualMachine& vm() { return vms_[0]; }
  VirtualMachine& other() { return vms_[1]; }
  void compact() {
    std::optional<Compaction> compaction = plan(vm());
    ASSERT_TRUE(compaction.has_value());
    EXPECT_EQ(compaction->step(kGuestFrames), Compaction::Progress::kDone);
    EXPECT_TRUE(vm().can_enter_segment());
    EXPECT_FALSE(vm().is_scattered());
    EXPECT_EQ(vm().read(address(5)), 9);
    EXPECT_EQ(other().read(address(0)), 7);
    EXPECT_EQ(other().read(address(1)), 8);
  }

  uint64_t first_ = 0;
};

TEST_F(CompactionOfABlock, ClearsThePlacesThatOthersHave) {
  EXPECT_TRUE(vm().is_scattered());
  compact();
  EXPECT_EQ(vm().block()->first_frame, first_);
  EXPECT_EQ(ledger_.count(Operation::kPageCopy), 3);
}

TEST_F(CompactionOfABlock, MakesAnotherOneWhereAPlaceCannotBeCleared) {
  hosts_[0].pin({first_ + 5, 1});
  compact();
  EXPECT_NE(vm().block()->first_frame, first_);
  EXPECT_EQ(ledger_.count(Operation::kPageCopy), kGuestFrames - 1);
}

// The segment could not be entered with all others in their places.
TEST_F(CompactionOfABlock, WaitsForWhatIsSwappedOut) {
  ASSERT_TRUE(vm().swap_out(9));
  EXPECT_FALSE(vm().is_scattered());
  vm().back(9);
  EXPECT_TRUE(vm().is_scattered());
}

// 1536 frames but for the VMM's own are all in use but `free`, the VM's pages backwards.
class CompactionInAFullHost : public CompactionTest {
 protected:
  void fill(uint64_t free) {
    build(1536, 1, {0});
    for (uint64_t frame = kGuestFrames; frame-- > 0;) vms_[0].write(address(frame), frame + 1);
    HostMemory& host = hosts_[0];
    while (host.memory().free_frames() > free) host.allocate(0);
  }
};

// One free frame is enough to bring all to their places, each place at the price of two copies.
TEST_F(CompactionInAFullHost, MovesPagesInTurn) {
  fill(1);
  std::optional<Compaction> compaction = plan(vms_[0]);
  ASSERT_TRUE(compaction.has_value());
  while (compaction->step(100) == Compaction::Progress::kGoesOn) continue;
  ASSERT_TRUE(vms_[0].has_whole_block());
  EXPECT_TRUE(vms_[0].can_enter_segment());
  for (uint64_t frame = 0; frame < kGuestFrames; ++frame)
    ASSERT_EQ(vms_[0].read(address(frame)), frame + 1) << "page " << frame;
  EXPECT_EQ(hosts_[0].memory().free_frames(), 1);
  EXPECT_LE(ledger_.count(Operation::kPageCopy), 2 * kGuestFrames);
}

TEST_F(CompactionInAFullHost, NeedsAFreeFrame) {
  fill(0);
  EXPECT_FALSE(plan(vms_[0]).has_value());
}

TEST_F(CompactionInAFullHost, NeedsAFrameMoreForAPageThatHasNone) {
  fill(0);
  ASSERT_TRUE(vms_[0].swap_out(5));
  ASSERT_EQ(hosts_[0].memory().free_frames(), 1);
  EXPECT_FALSE(plan(vms_[0]).has_value());
}

// The second VM lives on the host that the first one moves to. All windows there but the one that
// the first one has reserved hold something immovable.
TEST_F(CompactionTest, LeavesWhatALiveMigrationHasReserved) {
  constexpr FrameRun kReserved{2048 + 512, kGuestFrames};
  build(2048, 2, {0, 1});
  HostMemory& destination = hosts_[1];
  vms_[1].write(address(0), 7);
  const uint64_t first = destination.memory().free_set().next(0);
  ASSERT_TRUE(destination.take({first, kReserved.first - first}));
  for (const uint64_t frame : {kReserved.end(), kReserved.end() + 512}) {
    ASSERT_TRUE(destination.take({frame, 1}));
    destination.pin({frame, 1});
  }
  const LiveMigration migration(vms_[0], destination, {}, ledger_);
  ASSERT_EQ(destination.memory().free_set().count(kReserved), 0);
  EXPECT_FALSE(plan(vms_[1]).has_value());
}

}  // namespace
}  // namespace nestwalk
