// SPDX-License-Identifier: Apache-2.0
// The first table of spec 3, row by row: operations that are free in some modes and limited in
// others; limited ones are refused, served by an escape, or served by leaving the mode.
#include <gtest/gtest.h>

#include <optional>

#include "tests/sim/software/managed_operations.h"

namespace nestwalk::test {
namespace {

using Operation = LimitedOperation;

struct Case {
  Operation operation;
  Mode mode;
  std::optional<LimitAction> action;  ///< Unset: the operation is free in this mode.
};

struct Row {
  Operation operation;
  const char* request;
  std::vector<Mode> limited;  ///< In the others it is free.
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {Operation::kPageSharing, "share", {Mode::kDualDirect, Mode::kVmmDirect}},
      {Operation::kBallooning, "balloon 40KiB", {Mode::kDualDirect, Mode::kVmmDirect}},
      {Operation::kVmmSwapping, "vmm-swap 40KiB", {Mode::kDualDirect, Mode::kVmmDirect}},
      {Operation::kLiveMigration, "migrate", {Mode::kDualDirect, Mode::kVmmDirect}},
      {Operation::kGuestSwapping, "guest-swap 40KiB", {Mode::kDualDirect, Mode::kGuestDirect}}};
  return all;
}

const Row& row_of(Operation operation) {
  return rows()[static_cast<size_t>(operation)];
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Row& row : rows())
    for (const Mode mode :
         {Mode::kBaseVirtualized, Mode::kDualDirect, Mode::kVmmDirect, Mode::kGuestDirect}) {
      if (std::find(row.limited.begin(), row.limited.end(), mode) == row.limited.end()) {
        all.push_back({row.operation, mode, std::nullopt});
        continue;
      }
      for (const LimitAction action :
           {LimitAction::kRefuse, LimitAction::kEscape, LimitAction::kLeave})
        if (action != LimitAction::kEscape || row.operation != Operation::kLiveMigration)
          all.push_back({row.operation, mode, action});
    }
  return all;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name(to_string(info.param.operation));
  name += "_" + std::string(to_string(info.param.mode)) + "_";
  name += info.param.action ? to_string(*info.param.action) : "free";
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

/// The mode without the segment that limits the operation.
Mode without_segment(Operation operation, Mode mode) {
  const bool guest_level = operation == Operation::kGuestSwapping;
  return virtualized_mode(has_guest_segment(mode) && !guest_level,
                          has_vmm_segment(mode) && guest_level);
}

class Limited : public SystemCTest, public testing::WithParamInterface<Case> {
 protected:
  ManagedSoftwareSetup setup() const {
    ManagedSoftwareSetup made = managed_setup(GetParam().mode);
    made.primary_region = range(kManagedRegion, 4 * kMiB);
    made.ranges = {*made.primary_region};
    made.managed.guest_memory = 16 * kMiB;
    made.managed.host_memory = 64 * kMiB;
    made.managed.migration_slice = 600;
    made.guest_filter = FilterConfig{};
    made.managed.limits.fill(GetParam().action.value_or(LimitAction::kRefuse));
    made.managed.schedule = {"1100 " + std::string(row_of(GetParam().operation).request)};
    return made;
  }
};

INSTANTIATE_TEST_SUITE_P(Spec3, Limited, testing::ValuesIn(cases()), name_of);

TEST_P(Limited, IsFreeOrLimitedAsTheTableSays) {
  const Case& one = GetParam();
  const ManagedSoftwareSetup made = setup();
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);  // 1024 references
  machine.run(*made.primary_region, 2500);
  machine.check_all();
  EXPECT_EQ(machine.failure, "") << machine.events();

  const LimitCounts& counts = machine.software.ledger().limited(one.operation);
  const std::string mode(to_string(one.mode));
  const std::string left(to_string(without_segment(one.operation, one.mode)));
  if (!one.action) {
    EXPECT_GT(counts.done, 0);
    EXPECT_EQ(counts.escaped + counts.refused + counts.left, 0);
    EXPECT_EQ(machine.modes(), mode);
    return;
  }
  switch (*one.action) {
    case LimitAction::kRefuse:
      EXPECT_EQ(counts.done + counts.escaped + counts.left, 0);
      EXPECT_GT(counts.refused, 0);
      EXPECT_EQ(machine.modes(), mode);
      break;
    case LimitAction::kEscape:
      EXPECT_GT(counts.done, 0);
      EXPECT_GT(counts.escaped, 0);
      EXPECT_LE(counts.escaped, made.managed.most_escapes);
      EXPECT_EQ(counts.left, 0);
      EXPECT_EQ(machine.modes(), mode);
      break;
    case LimitAction::kLeave:
      EXPECT_GT(counts.done, 0);
      EXPECT_EQ(counts.left, 1);
      EXPECT_EQ(counts.escaped + counts.refused, 0);
      // Back again once that is possible: at once, if the pages have come home.
      EXPECT_EQ(machine.modes().substr(0, (mode + " " + left).size()), mode + " " + left);
      break;
  }
}

// ---- What escapes, and how a mode that was left comes back --------------------------------------

// Sharing lets more pages escape than most_escapes: those that the filter has by chance. They
// escape a segment that comes back as they did before.
TEST_F(Operations, TheModeComesBackHoweverManyPagesEscape) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1025 share");
  made.filter.bits = 64;  // small: it has many by chance
  made.managed.limits[static_cast<size_t>(Operation::kPageSharing)] = LimitAction::kEscape;
  made.managed.schedule.push_back("1100 balloon 1MiB");
  made.managed.schedule.push_back("1200 deflate 1MiB");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(range(kManagedRegion + 3 * kMiB, 4096), 50);
  EXPECT_EQ(machine.software.ledger().limited(Operation::kPageSharing).escaped,
            made.managed.most_escapes);
  EXPECT_GT(machine.registers().vmm_filter->inserted().size(), made.managed.most_escapes);
  machine.run(range(kManagedRegion + 3 * kMiB, 4096), 300);
  EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct") << machine.events();
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, BadPagesAreNoneOfThoseThatOperationsMayLetEscape) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1025 vmm-swap 1MiB");
  made.managed.limits.fill(LimitAction::kEscape);
  made.managed.schedule.push_back("10 vmm-swap 1MiB");  // most bad pages are yet to be met
  made.filter.bits = 4096;                              // none by chance
  made.bad_pages = 100;
  made.managed.most_escapes = 20;
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.check_all();
  // Three of the first twenty were home again, and made room for others.
  EXPECT_EQ(machine.software.ledger().limited(Operation::kVmmSwapping).escaped, 23);
  EXPECT_EQ(machine.registers().vmm_filter->inserted().size(), 120);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, PagesThatAreHomeAgainMakeRoomForOthersToEscape) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1025 vmm-swap 16KiB");
  made.managed.limits.fill(LimitAction::kEscape);
  made.managed.schedule.push_back("1100 vmm-swap 16KiB");
  made.managed.schedule.push_back("1150 vmm-swap 16KiB");  // those of 1100 are still away
  made.filter.bits = 4096;                                 // none by chance
  made.managed.most_escapes = 4;
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(range(kManagedRegion, 4096), 10);
  const LimitCounts& counts = machine.software.ledger().limited(Operation::kVmmSwapping);
  const std::set<uint64_t> first = machine.registers().vmm_filter->inserted();
  EXPECT_EQ(first.size(), 4);
  for (const uint64_t frame : first) machine.software.running_vm().vm().back(frame);
  machine.run(range(kManagedRegion, 4096), 80);
  EXPECT_EQ(counts.escaped, 8);
  EXPECT_EQ(counts.refused, 0);
  const std::set<uint64_t> second = machine.registers().vmm_filter->inserted();
  EXPECT_EQ(second.size(), 4);
  for (const uint64_t frame : second) EXPECT_EQ(first.count(frame), 0);
  machine.run(range(kManagedRegion, 4096), 80);
  EXPECT_EQ(counts.escaped, 8);
  EXPECT_EQ(counts.refused, 4);
  EXPECT_EQ(machine.modes(), "vmm-direct");
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// The stream clears the filter while the segment is off: the bad pages stay in it, or the segment
// could not be entered again.
TEST_F(Operations, TheModeComesBackThoughTheFilterWasCleared) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1025 balloon 1MiB");
  made.managed.schedule.push_back("1200 deflate 1MiB");
  made.bad_pages = 3;
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(*made.primary_region, 100);
  EXPECT_EQ(machine.mode(), Mode::kBaseVirtualized);
  machine.control(ControlOperation::kVmmFilterInsert, 77);
  machine.control(ControlOperation::kVmmFilterClear);
  EXPECT_EQ(machine.registers().vmm_filter->inserted().size(), 3);
  machine.run(*made.primary_region, 300);
  EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct") << machine.events();
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, AfterABalloonDeflatesTheModeThatWasLeftComesBack) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "1025 balloon 2MiB");
  made.managed.schedule.push_back("3000 deflate 2MiB");
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 5000);
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), "dual-direct guest-direct dual-direct");
}

// 3 GiB below the I/O gap are outside, 1 GiB above it inside.
TEST_F(Operations, ABalloonTakesWhatIsOutsideTheSegmentFirst) {
  for (const LimitAction action :
       {LimitAction::kRefuse, LimitAction::kEscape, LimitAction::kLeave}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "10 balloon 16MiB");
    made.managed.guest_memory = 4 * kGiB;
    made.managed.host_memory = 8 * kGiB;
    made.managed.io_gap = true;
    made.managed.guest_direct_segments = false;  // the gap stays
    made.managed.limits.fill(action);
    ManagedMachine machine(made);
    machine.run(*made.primary_region, 20);
    const LimitCounts& counts = machine.software.ledger().limited(Operation::kBallooning);
    EXPECT_EQ(counts.done, pages_of(16 * kMiB));
    EXPECT_EQ(counts.escaped + counts.left + counts.refused, 0);
    EXPECT_EQ(machine.modes(), "vmm-direct");
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

TEST_F(Operations, ABalloonThatTakesMoreIsLimitedByTheRestOnly) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "10 balloon 3080MiB");
  made.managed.guest_memory = 4 * kGiB;
  made.managed.host_memory = 8 * kGiB;
  made.managed.io_gap = true;
  made.managed.guest_direct_segments = false;
  made.managed.limits.fill(LimitAction::kRefuse);
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 20);
  const LimitCounts& counts = machine.software.ledger().limited(Operation::kBallooning);
  EXPECT_EQ(counts.done, pages_of(3072 * kMiB));
  EXPECT_EQ(counts.refused, pages_of(8 * kMiB));
  EXPECT_EQ(machine.failure, "");
}

// The host has room for one block. What the first VM's balloon gave back the second one uses, until
// it must move.
TEST_F(Operations, TheModeThatWasLeftComesBackThoughAnotherVmHasGotPlaces) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1025 balloon 2MiB");
  made.managed.host_memory = 32 * kMiB;
  made.managed.schedule.push_back("2500 deflate 2MiB");
  made.managed.compaction_slice = 4096;
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(*made.primary_region, 10);
  machine.control(ControlOperation::kVpid, 2);
  machine.touch(*made.primary_region);
  machine.control(ControlOperation::kVpid, 1);
  machine.run(*made.primary_region, 2000);
  EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct") << machine.events();
  EXPECT_TRUE(machine.has_event("VM 1: compaction done")) << machine.events();
  machine.check_all();
  machine.control(ControlOperation::kVpid, 2);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// Pages outside the region take every single frame that is free, that of the page that was swapped
// out too.
TEST_F(Operations, ARegionThatHasLostFramesGetsOthers) {
  for (const bool fragmented : {false, true}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup(Mode::kGuestDirect, "3000 guest-swap 4KiB");
    const VirtualRange outside = range(kManagedRegion + 64 * kMiB, 2 * kMiB);
    made.ranges.push_back(outside);
    made.managed.guest_memory = 32 * kMiB;
    if (fragmented) made.managed.guest_fragmentation = {0.4, 16, 0};
    ManagedMachine machine(made);
    machine.touch(*made.primary_region);
    machine.run(*made.primary_region, 1976);
    EXPECT_EQ(machine.mode(), Mode::kBaseVirtualized) << machine.events();
    const uint64_t slot = machine.software.running_vm().vm().main_slot().count;
    machine.touch(outside);
    machine.touch(*made.primary_region);
    machine.run(*made.primary_region, 500);
    EXPECT_EQ(machine.mode(), Mode::kGuestDirect) << machine.events();
    EXPECT_EQ(machine.software.running_vm().vm().main_slot().count,
              slot + (fragmented ? pages_of(4 * kMiB) : 0));
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

// More is asked for than there is: each page that is there is refused, once.
TEST_F(Operations, APageThatMayNotBeSwappedIsAskedForOnce) {
  const auto refused = [](Operation operation, Mode mode, const char* request, auto pages) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup(mode, request);
    made.managed.limits[static_cast<size_t>(operation)] = LimitAction::kRefuse;
    ManagedMachine machine(made);
    machine.touch(*made.primary_region);
    machine.run(*made.primary_region, 100);
    EXPECT_EQ(machine.software.ledger().limited(operation).refused, pages(machine, made));
    EXPECT_EQ(machine.failure, "");
  };
  refused(Operation::kVmmSwapping, Mode::kVmmDirect, "1100 vmm-swap 1GiB",
          [](ManagedMachine& machine, const ManagedSoftwareSetup&) {
            uint64_t backed = 0;
            machine.software.running_vm().vm().for_each_backed([&](uint64_t) { ++backed; });
            return backed;
          });
  refused(Operation::kGuestSwapping, Mode::kGuestDirect, "1100 guest-swap 1GiB",
          [](ManagedMachine&, const ManagedSoftwareSetup& made) {
            return pages_of(made.primary_region->limit - made.primary_region->base);
          });
}

TEST_F(Operations, WhenAllSwappedPagesAreHomeTheModeComesBack) {
  ManagedSoftwareSetup made = setup(Mode::kVmmDirect, "1100 vmm-swap 64KiB");
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  machine.run(*made.primary_region, 100);
  EXPECT_EQ(machine.mode(), Mode::kBaseVirtualized);
  // The pages that went are the guest's first ones: its tables, and what nobody uses.
  for (uint64_t frame = 0; frame < pages_of(16 * kMiB); ++frame)
    machine.software.running_vm().vm().back(frame);
  machine.run(*made.primary_region, 300);
  EXPECT_EQ(machine.modes(), "vmm-direct base-virtualized vmm-direct");
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Operations, WhatTheStreamHasEscapeStaysWhenASegmentChanges) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "100 grow 1MiB");
  made.guest_filter = made.filter;
  ManagedMachine machine(made);
  machine.control(ControlOperation::kGuestFilterInsert, kManagedRegion >> 12);
  machine.control(ControlOperation::kVmmFilterInsert, 5);
  const auto escapes = [&machine] {
    return std::pair{machine.registers().guest_filter->contains(kManagedRegion >> 12),
                     machine.registers().vmm_filter->contains(5)};
  };
  EXPECT_EQ(escapes(), std::pair(true, true));
  machine.run(*made.primary_region, 200);
  EXPECT_EQ(machine.registers().guest_segment.limit().value(), kManagedRegion + 5 * kMiB);
  EXPECT_EQ(escapes(), std::pair(true, true));
  machine.control(ControlOperation::kGuestFilterClear);
  EXPECT_EQ(escapes(), std::pair(false, true));
  machine.control(ControlOperation::kVmmFilterClear);
  EXPECT_EQ(escapes(), std::pair(false, false));
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// Pages behind the region are swapped out when it grows over them: the segment follows once they
// are back.
TEST_F(Operations, TheSegmentFollowsTheRegionOnceItsPagesAreHome) {
  ManagedSoftwareSetup made = setup(Mode::kDualDirect, "600 guest-swap 16MiB");
  made.ranges = {range(kManagedRegion, 6 * kMiB)};
  made.managed.limits.fill(LimitAction::kRefuse);
  made.managed.schedule.push_back("700 grow 1MiB");
  ManagedMachine machine(made);
  const VirtualRange behind = range(kManagedRegion + 4 * kMiB, kMiB);
  machine.touch(behind);
  machine.run(*made.primary_region, 1000);
  EXPECT_EQ(machine.software.ledger().limited(Operation::kGuestSwapping).done, pages_of(kMiB));
  EXPECT_EQ(machine.registers().guest_segment.limit(), made.primary_region->limit);
  machine.check_all();
  machine.run(*made.primary_region, 200);
  EXPECT_EQ(machine.registers().guest_segment.limit(), behind.limit) << machine.events();
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

}  // namespace
}  // namespace nestwalk::test
