// SPDX-License-Identifier: Apache-2.0
// What each operation on a VM's memory does: sharing, ballooning, swapping, live migration, a
// region that grows and shrinks.
#include <gtest/gtest.h>

#include "tests/sim/software/managed_operations.h"

namespace nestwalk::test {
namespace {

using Operation = LimitedOperation;

TEST_F(Operations, SharedPagesGiveTheirFramesUpAndGetOneBackAtTheFirstStore) {
  const ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "1025 share");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  const uint64_t before = machine.software.report()->host_free.frames;
  machine.load(made.primary_region->base);
  const uint64_t shared = machine.software.ledger().limited(Operation::kPageSharing).done;
  EXPECT_GE(shared, 290);  // seven eighths of a third of 1024 pages, all but one
  EXPECT_EQ(machine.software.report()->host_free.frames, before + shared);
  machine.check_all();
  EXPECT_EQ(machine.software.report()->host_free.frames, before + shared);  // loads change nothing
  machine.touch(*made.primary_region);
  EXPECT_LE(machine.software.report()->host_free.frames, before + 5);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, ABalloonGivesHostFramesBackAndTakesThemAgain) {
  ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "1025 balloon 8MiB");
  made.managed.schedule.push_back("2000 deflate 8MiB");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  const uint64_t before = machine.software.report()->guest_free.frames;
  machine.run(*made.primary_region, 100);
  EXPECT_EQ(machine.software.report()->guest_free.frames, before - pages_of(8 * kMiB));
  machine.run(*made.primary_region, 1000);
  EXPECT_EQ(machine.software.report()->guest_free.frames, before);
  EXPECT_EQ(machine.failure, "");
}

// What stays in the balloon has no host frames: they are what the VMM asked for.
TEST_F(Operations, ABalloonThatDeflatesInPartKeepsTheRest) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "1025 balloon 2MiB");
  made.managed.schedule.push_back("2000 deflate 1MiB");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  const uint64_t before = machine.software.report()->host_free.frames;
  machine.run(*made.primary_region, 100);
  EXPECT_EQ(machine.software.report()->host_free.frames, before + pages_of(2 * kMiB));
  machine.run(*made.primary_region, 1000);
  EXPECT_EQ(machine.software.report()->host_free.frames, before + pages_of(kMiB));
  EXPECT_EQ(machine.modes(), "dual-direct guest-direct") << machine.events();
  EXPECT_EQ(machine.failure, "");
}

// A page of 1 GiB would back what is in the balloon again.
TEST_F(Operations, LargePagesDoNotBackTheBalloon) {
  ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "10 balloon 1800MiB");
  made.paging.pages = {GuestPages::k4K, PageSize::k1G};
  made.managed.guest_memory = 2 * kGiB;
  made.managed.host_memory = 8 * kGiB;
  ManagedMachine machine(made);
  const HostMemory& host = machine.software.running_vm().vm().host();
  machine.touch(*made.primary_region);
  machine.check_all();
  // Of 248 MiB that are left it uses the kernel's 128, which came with the first touch, and 4 of
  // data.
  EXPECT_EQ(host.memory().free_frames(), pages_of(8 * kGiB) / 64 * 63 - pages_of(132 * kMiB));
  EXPECT_EQ(machine.failure, "");
}

// A block would have a frame for each page, also for those that the VMM has asked back.
TEST_F(Operations, AVmThatMigratesKeepsItsBalloon) {
  for (const auto& [first, second] : {std::pair("1025 balloon 2MiB", "1300 migrate"),
                                      std::pair("1025 migrate", "1300 balloon 2MiB")}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup(Mode::kVmmDirect, first);
    made.managed.schedule.push_back(second);
    made.managed.schedule.push_back("9000 deflate 2MiB");
    made.managed.migration_slice = 100;  // 4,096 pages take some forty intervals
    ManagedMachine machine(made);
    machine.touch(*made.primary_region);
    const uint64_t before = machine.software.report()->host_free.frames;
    machine.run(*made.primary_region, 7500);
    EXPECT_TRUE(machine.has_event("live migration done")) << machine.events();
    EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized") << machine.events();
    EXPECT_EQ(machine.software.report()->host_free.frames, before + pages_of(2 * kMiB));
    machine.check_all();
    machine.run(*made.primary_region, 2000);
    EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct") << machine.events();
    EXPECT_EQ(machine.software.report()->host_free.frames, before);
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

TEST_F(Operations, CompactionLeavesWhatIsInABalloonWithoutFrames) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "300 balloon 2MiB");
  made.managed.host_fragmentation = {0.5, 16, 0};
  made.managed.compaction_slice = 16;
  made.managed.schedule.push_back("20000 deflate 2MiB");
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 19000);
  EXPECT_TRUE(machine.has_event("compaction is given up")) << machine.events();
  EXPECT_EQ(machine.modes(), "base-virtualized") << machine.events();
  machine.run(*made.primary_region, 40000);
  EXPECT_EQ(machine.modes(), "base-virtualized vmm-direct") << machine.events();
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, SwappedPagesComeBackWithTheirContents) {
  for (const char* request : {"1100 vmm-swap 2MiB", "1100 guest-swap 2MiB"}) {
    const SystemCContext inner;
    const ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, request);
    ManagedMachine machine(made);
    machine.touch(*made.primary_region);
    machine.run(*made.primary_region, 100);
    EXPECT_EQ(machine.software.ledger().count(nestwalk::Operation::kSwapOut), 512);
    const uint64_t back = machine.software.ledger().count(nestwalk::Operation::kSwapIn);
    machine.check_all();
    EXPECT_GT(machine.software.ledger().count(nestwalk::Operation::kSwapIn), back + 300);
    EXPECT_EQ(machine.failure, "");
  }
}

// Pages go while the process runs under its second PCID; the first one's entries are still there.
TEST_F(Operations, WhatIsUnmappedIsDroppedUnderEveryPcidOfTheProcess) {
  constexpr uint64_t kKeepTlbs = uint64_t{1} << 63;
  const ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "20 guest-swap 32KiB");
  ManagedMachine machine(made);
  const VirtualRange few = range(kManagedRegion, 8 * 4096);
  machine.control(ControlOperation::kCr3, 1 | kKeepTlbs);
  machine.touch(few);
  machine.control(ControlOperation::kCr3, 2 | kKeepTlbs);
  machine.run(range(kManagedRegion + kMiB, kMiB), 100);
  machine.control(ControlOperation::kCr3, 1 | kKeepTlbs);
  machine.check_all();
  EXPECT_GT(machine.software.ledger().count(nestwalk::Operation::kSwapOut), 0);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, LiveMigrationEndsWithTwoIdenticalMemoriesAndGoesOn) {
  for (const NestedFormat format : {NestedFormat::kEpt, NestedFormat::kNpt})
    for (const bool accessed_dirty : {true, false})
      for (const Mode mode : {Mode::kBaseVirtualized, Mode::kGuestDirect}) {
        const SystemCContext inner;
        ManagedSoftwareSetup made = setup(mode, "1100 migrate");
        made.paging.nested_format = format;
        made.paging.ept_accessed_dirty = accessed_dirty;
        made.managed.migration_slice = 100;
        made.managed.migration_few = 40;
        ManagedMachine machine(made);
        HostMemory* const source = &machine.software.running_vm().vm().host();
        machine.touch(*made.primary_region);
        // Stores all over, fewer and fewer pages.
        for (uint64_t size = 4 * kMiB; size >= 64 * 1024; size /= 2)
          machine.run(range(kManagedRegion, size), 1500);
        const SoftwareReport report = *machine.software.report();
        ASSERT_EQ(report.migrations.size(), 1);
        EXPECT_TRUE(report.migrations[0].identical);
        EXPECT_GT(report.migrations[0].rounds, 1);
        EXPECT_GT(report.migrations[0].pages, 1024 + 100);  // some twice
        EXPECT_LE(report.migrations[0].stopped_pages, 200);
        EXPECT_NE(&machine.software.running_vm().vm().host(), source);
        EXPECT_EQ(machine.modes(), to_string(mode));
        machine.check_all();
        EXPECT_EQ(machine.failure, "");
        // The source has all its frames back.
        EXPECT_EQ(source->memory().free_frames(), pages_of(64 * kMiB) / 64 * 63);
      }
}

TEST_F(Operations, MigrationOutOfDualDirectComesBackToItOverThere) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "1100 migrate");
  made.managed.migration_slice = 2000;
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 6000);
  machine.check_all();
  EXPECT_EQ(machine.failure, "") << machine.events();
  EXPECT_EQ(machine.modes(), "dual-direct guest-direct dual-direct") << machine.events();
  EXPECT_GE(machine.registers().vmm_segment.offset(), 64 * kMiB);  // in the second host
}

// The VMM's own 64th of the host ends at no edge of a large page.
TEST_F(Operations, AMigratedVmHasABlockThatLargePagesFitInto) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1100 migrate");
  made.managed.host_memory = 66 * kMiB;
  made.managed.migration_slice = 2000;
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(*made.primary_region, 2000);
  EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct") << machine.events();
  EXPECT_GE(machine.registers().vmm_segment.offset(), 66 * kMiB);
  EXPECT_EQ(machine.registers().vmm_segment.offset() % (2 * kMiB), 0);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, ASecondMigrationWhileOneGoesOnIsNotedOnly) {
  ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "100 migrate");
  made.managed.schedule.push_back("150 migrate");
  made.managed.migration_slice = 50;
  made.managed.migration_rounds = 1;
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 5000);
  EXPECT_TRUE(machine.has_event("the one before goes on")) << machine.events();
  EXPECT_EQ(machine.software.report()->migrations.size(), 1);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, TheRegionGrowsAndShrinks) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "100 grow 1MiB");
  made.managed.schedule.push_back("3000 shrink 2MiB");
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 200);
  EXPECT_EQ(machine.registers().guest_segment.limit().value(), kManagedRegion + 5 * kMiB);
  machine.run(*made.primary_region, 3000);
  EXPECT_EQ(machine.registers().guest_segment.limit().value(), kManagedRegion + 3 * kMiB);
  EXPECT_EQ(machine.modes(), "dual-direct");
  machine.run(*made.primary_region, 1000);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// What shrinking gave up is outside the segment: it may be swapped, all the rest is refused.
TEST_F(Operations, GuestSwappingTakesWhatTheRegionGaveUp) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "1100 shrink 2MiB");
  made.managed.limits.fill(LimitAction::kRefuse);
  made.managed.schedule.push_back("1200 guest-swap 4MiB");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(*made.primary_region, 300);
  const LimitCounts& counts = machine.software.ledger().limited(Operation::kGuestSwapping);
  EXPECT_EQ(counts.done, pages_of(2 * kMiB));
  EXPECT_EQ(counts.refused, pages_of(2 * kMiB));
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), "dual-direct");
}

TEST_F(Operations, TheRegionDoesNotGrowPastItsHalfOfTheAddressSpace) {
  ManagedSoftwareSetup made = setup(Mode::kBaseVirtualized, "10 grow 8388608GiB");
  made.managed.schedule.push_back("20 grow 200TiB");
  made.managed.schedule.push_back("30 grow 16777215TiB");  // 2^64 - 2^40: wraps around
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 100);
  EXPECT_FALSE(machine.has_event("region grown")) << machine.events();
  EXPECT_EQ(machine.software.running_vm().process().region()->limit, made.primary_region->limit);
}

}  // namespace
}  // namespace nestwalk::test
