// SPDX-License-Identifier: Apache-2.0
// Several VMs on one host: each with memory, a guest OS and a mode of its own; what they share is
// the host's memory.
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {
namespace {

class SeveralVms : public SystemCTest {
 protected:
  static void enter(ManagedMachine& machine, uint64_t vpid) {
    machine.control(ControlOperation::kVpid, vpid);
  }
  static uint64_t host_free(ManagedMachine& machine) {
    return machine.software.report()->host_free.frames;
  }
};

TEST_F(SeveralVms, TakeBlocksOfTheHostAsLongAsThereAreAny) {
  // 252 MiB beside the VMM's own 4: three blocks of 64 MiB, and too little for a fourth.
  const ManagedSoftwareSetup made = managed_setup(Mode::kDualDirect);
  ManagedMachine machine(made);
  std::set<uint64_t> offsets;
  for (uint64_t vpid = 1; vpid <= 4; ++vpid) {
    enter(machine, vpid);
    const VmmSegment& segment = machine.registers().vmm_segment;
    EXPECT_EQ(machine.mode(), vpid < 4 ? Mode::kDualDirect : Mode::kGuestDirect) << vpid;
    EXPECT_EQ(segment.limit() - segment.base(), vpid < 4 ? 64 * kMiB : 0) << vpid;
    if (segment.enabled()) {
      for (const uint64_t other : offsets)
        EXPECT_GE(std::max(other, segment.offset()) - std::min(other, segment.offset()), 64 * kMiB);
      offsets.insert(segment.offset());
    }
    machine.run(*made.primary_region, 300, vpid);
  }
  EXPECT_EQ(offsets.size(), 3);
  for (uint64_t vpid = 1; vpid <= 4; ++vpid) {
    enter(machine, vpid);
    machine.check_all();
  }
  EXPECT_EQ(machine.failure, "") << machine.events();
}

TEST_F(SeveralVms, BackgroundWorkIsOfTheOneThatRuns) {
  ManagedSoftwareSetup made = managed_setup(Mode::kVmmDirect);
  made.managed.host_fragmentation = {0.4, 16, 0};
  made.managed.compaction_slice = 4096;
  ManagedMachine machine(made);
  enter(machine, 2);
  machine.run(*made.primary_region, 2000);
  EXPECT_EQ(machine.mode(), Mode::kVmmDirect);
  enter(machine, 1);
  EXPECT_EQ(machine.mode(), Mode::kBaseVirtualized);
  machine.run(*made.primary_region, 2000);
  EXPECT_EQ(machine.modes(), "base-virtualized vmm-direct base-virtualized vmm-direct")
      << machine.events();
  for (const uint64_t vpid : {1, 2}) {
    enter(machine, vpid);
    EXPECT_EQ(machine.mode(), Mode::kVmmDirect) << vpid;
    machine.check_all();
  }
  EXPECT_EQ(machine.failure, "");
}

TEST_F(SeveralVms, InveptIsOfTheNestedMapThatItNames) {
  const ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
  ManagedMachine machine(made);
  const GuestVirtual page = made.primary_region->base;
  const WalkStatistics& walks = machine.mmu.walker.statistics;
  machine.store(page);
  const uint64_t before = walks.walks;
  machine.load(page);
  EXPECT_EQ(walks.walks, before) << "it hits";
  machine.control(ControlOperation::kInveptSingle, 5);
  machine.load(page);
  EXPECT_EQ(walks.walks, before) << "of a map that is none yet";
  machine.control(ControlOperation::kInveptSingle, 0);
  machine.load(page);
  EXPECT_EQ(walks.walks, before + 1);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(SeveralVms, SegmentsAreTheSoftwaresOwn) {
  ManagedMachine machine(managed_setup(Mode::kDualDirect));
  EXPECT_THROW(machine.software.set_guest_segment({}), InputError);
  EXPECT_THROW(machine.software.set_vmm_segment({}), InputError);
}

TEST_F(SeveralVms, TakeOfTheHostWhatTheyTouch) {
  ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
  made.managed.host_fragmentation = {0.3, 16, 0};
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  const uint64_t before = host_free(machine);
  enter(machine, 2);
  machine.touch(*made.primary_region);
  // Data, the guest's root, two tables below it and eight of 4K pages; nested tables are the VMM's.
  EXPECT_EQ(before - host_free(machine), 4096 + 3 + 8);
  machine.check_all();
  enter(machine, 1);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// VM 1's pages lie all over the host when VM 2 makes a block of half of it.
TEST_F(SeveralVms, MoveOutOfEachOthersWay) {
  ManagedSoftwareSetup made = managed_setup(Mode::kVmmDirect);
  made.managed.host_memory = 128 * kMiB;
  made.managed.host_fragmentation = {0.3, 16, 0};
  made.managed.interval = 5000;
  made.managed.compaction_slice = pages_of(made.managed.host_memory);
  ManagedMachine machine(made);
  const VirtualMachine& first = machine.software.running_vm().vm();
  const auto frames = [&first] {
    std::vector<uint64_t> all;
    first.for_each_backed([&](uint64_t frame) { all.push_back(*first.host_frame(frame)); });
    return all;
  };
  machine.touch(*made.primary_region);
  const std::vector<uint64_t> before = frames();
  enter(machine, 2);
  machine.run(*made.primary_region, 10000);
  EXPECT_TRUE(machine.has_event("VM 2: compaction done")) << machine.events();
  EXPECT_EQ(machine.mode(), Mode::kVmmDirect);
  EXPECT_NE(frames(), before);
  machine.check_all();
  enter(machine, 1);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(SeveralVms, StayWhereTheyAreIfTheOtherHostIsFull) {
  for (const bool accessed_dirty : {true, false})
    for (const Mode mode : {Mode::kBaseVirtualized, Mode::kVmmDirect}) {
      const SystemCContext inner;
      ManagedSoftwareSetup made = managed_setup(mode);
      made.paging.ept_accessed_dirty = accessed_dirty;
      made.managed.guest_memory = 20 * kMiB;
      made.managed.host_memory = 30 * kMiB;
      made.managed.schedule = {"5000 migrate", "12000 migrate"};
      made.managed.migration_slice = 400;
      made.managed.limits[static_cast<size_t>(LimitedOperation::kLiveMigration)] =
          LimitAction::kLeave;
      ManagedMachine machine(made);
      const HostMemory* const first_host = &machine.software.running_vm().vm().host();
      machine.touch(*made.primary_region);  // 4,096 references
      machine.run(*made.primary_region, 5000);
      const HostMemory* const second_host = &machine.software.running_vm().vm().host();
      ASSERT_NE(second_host, first_host) << machine.events();
      const uint64_t free_there = second_host->memory().free_frames();
      ASSERT_LT(free_there, 4096U) << "no room for another VM";

      machine.control(ControlOperation::kVpid, 2);
      machine.touch(*made.primary_region);  // up to reference 13,192
      machine.run(*made.primary_region, 3000);
      EXPECT_TRUE(machine.has_event("live migration abandoned")) << machine.events();
      EXPECT_EQ(&machine.software.running_vm().vm().host(), first_host);
      EXPECT_EQ(second_host->memory().free_frames(), free_there) << "has its frames back";
      EXPECT_EQ(machine.software.report()->migrations.size(), 1U);
      EXPECT_EQ(machine.mode(), mode) << machine.events();
      machine.check_all();
      EXPECT_EQ(machine.failure, "");
    }
}

/// How many pages of the VMs hold what an earlier one holds, by their bytes; zeros do not count.
uint64_t repeated_pages(ManagedMachine& machine, const std::vector<VirtualMachine*>& vms) {
  std::set<std::array<uint8_t, 4096>> known;
  uint64_t repeated = 0;
  for (VirtualMachine* const vm : vms)
    vm->for_each_backed([&](uint64_t frame) {
      const auto page = machine.software.contents().save(*vm->host_frame(frame));
      if (page && !known.insert(*page).second) ++repeated;
    });
  return repeated;
}

TEST_F(SeveralVms, SharePagesWithEachOther) {
  ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
  made.primary_region = range(kManagedRegion, 1 * kMiB);
  made.ranges = {*made.primary_region};
  made.managed.guest_memory = 16 * kMiB;
  made.managed.host_memory = 64 * kMiB;
  made.managed.schedule = {"600 share"};
  ManagedMachine machine(made);
  VirtualMachine* const first = &machine.software.running_vm().vm();
  machine.touch(*made.primary_region);  // 256 pages
  enter(machine, 2);
  VirtualMachine* const second = &machine.software.running_vm().vm();
  machine.touch(*made.primary_region);
  while (machine.references < 599) machine.load(made.primary_region->base);
  const uint64_t repeated = repeated_pages(machine, {first, second});
  const uint64_t before = host_free(machine);
  machine.load(made.primary_region->base);
  EXPECT_GT(repeated, 140);  // of a third of 512 pages seven eighths
  EXPECT_EQ(machine.software.ledger().limited(LimitedOperation::kPageSharing).done, repeated);
  EXPECT_EQ(host_free(machine), before + repeated);

  // A store of one VM leaves the other's page alone. It takes a frame, and one for each table of
  // the walk: they were equal in both VMs too, and to nested paging a walk that may set A and D
  // writes.
  GuestVirtual shared;
  for (GuestVirtual page = made.primary_region->base; page < made.primary_region->limit;
       page = page + 4096) {
    const auto frame = machine.software.running_vm().process().frame_of(page);
    if (frame && second->is_shared(*frame)) shared = page;
  }
  machine.store(shared);
  EXPECT_EQ(host_free(machine), before + repeated - 5);
  machine.check_all();
  enter(machine, 1);
  machine.check_all();
  EXPECT_EQ(machine.failure, "") << machine.events();
}

}  // namespace
}  // namespace nestwalk::test
