// SPDX-License-Identifier: Apache-2.0
// The second table of spec 3, row by row: which modes a machine goes through whose memory is
// fragmented, with the registers at the end, and every word right before, during and after.
#include <gtest/gtest.h>

#include <functional>

#include "sim/software/policy/mode_policy.h"
#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {
namespace {

constexpr FragmentationConfig kScattered{0.4, 16, 0};
constexpr uint64_t kReferences = 9000;

struct Row {
  const char* name;
  bool guest_fragmented;
  bool host_fragmented;
  Mode wanted;  ///< dual-direct for big-memory workloads, vmm-direct for compute workloads.
  const char* modes;
  bool balloons;
  bool compacts;
};

class Fragmented : public SystemCTest, public testing::WithParamInterface<Row> {
 protected:
  ManagedSoftwareSetup setup() const {
    ManagedSoftwareSetup made = managed_setup(GetParam().wanted);
    if (GetParam().guest_fragmented) made.managed.guest_fragmentation = kScattered;
    if (GetParam().host_fragmented) made.managed.host_fragmentation = kScattered;
    made.managed.compaction_slice = 800;
    made.managed.balloon_slice = 300;
    return made;
  }
};

class AManagedMachine : public SystemCTest {};

INSTANTIATE_TEST_SUITE_P(
    Spec3, Fragmented,
    testing::Values(Row{"NoneBigMemory", false, false, Mode::kDualDirect, "dual-direct", false,
                        false},
                    Row{"NoneCompute", false, false, Mode::kVmmDirect, "vmm-direct", false, false},
                    Row{"GuestBigMemory", true, false, Mode::kDualDirect, "vmm-direct dual-direct",
                        true, false},
                    Row{"GuestCompute", true, false, Mode::kVmmDirect, "vmm-direct", false, false},
                    Row{"HostBigMemory", false, true, Mode::kDualDirect, "guest-direct dual-direct",
                        false, true},
                    Row{"HostCompute", false, true, Mode::kVmmDirect, "base-virtualized vmm-direct",
                        false, true},
                    Row{"BothBigMemory", true, true, Mode::kDualDirect,
                        "base-virtualized guest-direct dual-direct", true, true},
                    Row{"BothCompute", true, true, Mode::kVmmDirect, "base-virtualized vmm-direct",
                        false, true}),
    [](const auto& row) { return row.param.name; });

TEST_P(Fragmented, GoesThroughTheModesOfTheTable) {
  const Row& row = GetParam();
  const ManagedSoftwareSetup made = setup();
  ManagedMachine machine(made);
  machine.run(*made.primary_region, kReferences);
  machine.check_all();
  EXPECT_EQ(machine.failure, "") << machine.events();
  EXPECT_EQ(machine.modes(), row.modes) << machine.events();
  EXPECT_EQ(machine.has_event("self-ballooning done"), row.balloons);
  EXPECT_EQ(machine.has_event("compaction done"), row.compacts);

  // The registers at the end: what the wanted mode says, over all that it should cover.
  const TranslationContext& registers = machine.registers();
  const FrameRun slot = machine.software.running_vm().vm().main_slot();
  EXPECT_EQ(registers.vmm_segment.base().page(), slot.first);
  EXPECT_EQ(registers.vmm_segment.limit().page(), slot.end());
  EXPECT_EQ(slot.count, pages_of(row.balloons ? 80 * kMiB : 64 * kMiB));
  EXPECT_EQ(registers.guest_segment.enabled(), row.wanted == Mode::kDualDirect);
  if (!registers.guest_segment.enabled()) return;
  EXPECT_EQ(registers.guest_segment.base(), made.primary_region->base);
  EXPECT_EQ(registers.guest_segment.limit(), made.primary_region->limit);
}

TEST_P(Fragmented, StaysWhereItIsWithoutTheMeans) {
  ManagedSoftwareSetup made = setup();
  made.managed.compaction = false;
  made.managed.self_ballooning = false;
  ManagedMachine machine(made);
  const Mode first = machine.mode();
  machine.run(*made.primary_region, 1000);
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), to_string(first));
  EXPECT_EQ(first == made.mode, !GetParam().balloons && !GetParam().compacts);
}

// ---- The rows "guest OS changes", "VMM changes" and "for" of the first table --------------------

/// The modes of a machine with one thing changed, where each of these is wanted.
void expect_modes(const std::vector<std::pair<Mode, const char*>>& modes_by_wanted,
                  const std::function<void(ManagedSoftwareSetup&)>& change) {
  for (const auto& [wanted, modes] : modes_by_wanted) {
    const SystemCContext systemc;
    ManagedSoftwareSetup made = managed_setup(wanted);
    const VirtualRange area = *made.primary_region;
    change(made);
    ManagedMachine machine(made);
    machine.run(area, 500);
    EXPECT_EQ(machine.failure, "");
    EXPECT_EQ(machine.modes(), modes) << to_string(wanted);
  }
}

TEST(ManagedModes, AGuestOsWithoutChangesGetsNoGuestSegment) {
  expect_modes({{Mode::kDualDirect, "vmm-direct"},
                {Mode::kVmmDirect, "vmm-direct"},
                {Mode::kGuestDirect, "base-virtualized"},
                {Mode::kBaseVirtualized, "base-virtualized"}},
               [](ManagedSoftwareSetup& made) { made.managed.guest_direct_segments = false; });
}

TEST(ManagedModes, AVmmWithoutChangesGetsNoVmmSegment) {
  expect_modes({{Mode::kDualDirect, "guest-direct"},
                {Mode::kVmmDirect, "base-virtualized"},
                {Mode::kGuestDirect, "guest-direct"},
                {Mode::kBaseVirtualized, "base-virtualized"}},
               [](ManagedSoftwareSetup& made) { made.managed.vmm_direct_segments = false; });
}

TEST(ManagedModes, AWorkloadWithoutARegionGetsNoGuestSegment) {
  expect_modes({{Mode::kDualDirect, "vmm-direct"},
                {Mode::kVmmDirect, "vmm-direct"},
                {Mode::kGuestDirect, "base-virtualized"}},
               [](ManagedSoftwareSetup& made) { made.primary_region.reset(); });
}

// ---- Ends in the mode that is left --------------------------------------------------------------

TEST_F(AManagedMachine, ImmovablePagesEverywhereLeaveTheHostScattered) {
  ManagedSoftwareSetup made = managed_setup(Mode::kDualDirect);
  made.managed.host_fragmentation = {0.4, 16, 1};
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 1000);
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), "guest-direct");
  EXPECT_TRUE(machine.has_event("host memory cannot be made contiguous"));
}

TEST_F(AManagedMachine, ARegionLargerThanFreeGuestMemoryIsNotSegmented) {
  ManagedSoftwareSetup made = managed_setup(Mode::kDualDirect);
  made.primary_region = range(kManagedRegion, 128 * kMiB);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  machine.run(range(kManagedRegion, 8 * kMiB), 1000);
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), "vmm-direct");
  EXPECT_TRUE(machine.has_event("the guest has not enough free memory"));
}

// Between two slices the guest uses up what the balloon has left.
TEST_F(AManagedMachine, SelfBallooningIsGivenUpWhenTheGuestNeedsItsPages) {
  ManagedSoftwareSetup made = managed_setup(Mode::kGuestDirect);
  made.primary_region = range(kManagedRegion, 8 * kMiB);
  made.ranges = {range(kManagedRegion, 24 * kMiB)};
  made.managed.guest_fragmentation = {0.6, 16, 0};  // 6,144 of 15,360 frames are free
  made.managed.interval = 2000;
  made.managed.balloon_slice = 2000;
  made.managed.costs[static_cast<size_t>(Operation::kBalloonPage)] = 1;
  ManagedMachine machine(made);
  machine.touch(made.ranges[0]);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.events(),
            "0: VM 1: mode base-virtualized\n"
            "2000: VM 1: self-ballooning begins: 8MiB\n"
            "4000: VM 1: self-ballooning: the guest has not enough free memory\n");
  EXPECT_EQ(machine.software.ledger().count(Operation::kBalloonPage), 2 * 2000);
  EXPECT_EQ(machine.modes(), "base-virtualized");
}

// 64 GiB but 8 MiB of guest memory, of 2^36 bytes: the 16 MiB that self-ballooning would add end at
// addresses that no page table entry can hold.
TEST_F(AManagedMachine, GuestMemoryEndsWherePhysicalAddressesDo) {
  ManagedSoftwareSetup made = managed_setup(Mode::kGuestDirect);
  made.paging.maxphyaddr = 36;
  made.managed.guest_memory = 64 * kGiB - 8 * kMiB;
  made.managed.host_memory = 64 * kGiB;
  made.managed.guest_fragmentation = {0.999, 1000, 0};
  made.managed.interval = 10;
  ManagedMachine machine(made);
  machine.run(range(kManagedRegion, kMiB), 200);
  EXPECT_EQ(machine.failure, "");
  EXPECT_TRUE(machine.has_event("no guest-physical addresses are left")) << machine.events();
  EXPECT_EQ(machine.modes(), "base-virtualized");
}

TEST(ManagedModes, MemoryThatRunsOutIsAnErrorThatSaysWhich) {
  ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
  made.managed.guest_fragmentation = {0.999, 1000, 0};
  try {
    const SystemCContext systemc;
    ManagedMachine guest(made);
    guest.touch(*made.primary_region);
    FAIL() << "16 MiB fit into 1 MiB";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("software.guest.memory"), std::string::npos);
  }
  made.managed.guest_fragmentation = {};
  made.managed.host_fragmentation = {0.999, 1000, 1};
  try {
    const SystemCContext systemc;
    ManagedMachine host(made);
    host.touch(*made.primary_region);
    FAIL() << "64 MiB fit into 256 KiB";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("software.host.memory"), std::string::npos);
  }
}

// ---- Several processes --------------------------------------------------------------------------

// Each process has a segment of its own: memory for the second one's is made as for the first
// one's.
TEST_F(AManagedMachine, EachProcessGetsContiguousMemoryOfItsOwn) {
  constexpr uint64_t kKeepTlbs = uint64_t{1} << 63;
  ManagedSoftwareSetup made = managed_setup(Mode::kGuestDirect);
  made.managed.guest_fragmentation = kScattered;
  made.primary_region = range(kManagedRegion, 4 * kMiB);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  machine.run(*made.primary_region, 500);
  machine.control(ControlOperation::kCr3, kKeepTlbs | 1 << 12 | 1);
  machine.run(*made.primary_region, 500);
  EXPECT_EQ(machine.modes(), "base-virtualized guest-direct base-virtualized guest-direct")
      << machine.events();
  EXPECT_EQ(machine.software.running_vm().vm().main_slot().count,
            pages_of(64 * kMiB + 2 * 4 * kMiB));
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// ---- The I/O gap --------------------------------------------------------------------------------

TEST_F(AManagedMachine, TheIoGapIsReclaimedWhereItIsInTheWay) {
  // 5 GiB: 3 below the gap, 2 above. A region of 3.5 GiB fits only after all is above.
  ManagedSoftwareSetup made = managed_setup(Mode::kDualDirect);
  made.managed.guest_memory = 5 * kGiB;
  made.managed.host_memory = 16 * kGiB;
  made.managed.io_gap = true;
  made.primary_region = range(kManagedRegion, 7 * kGiB / 2);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  EXPECT_EQ(machine.registers().vmm_segment.base().value(), 4 * kGiB);
  EXPECT_EQ(machine.registers().vmm_segment.limit().value(), 6 * kGiB);
  machine.run(range(kManagedRegion, 32 * kMiB), 2000);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), "vmm-direct dual-direct") << machine.events();
  EXPECT_TRUE(machine.has_event("I/O gap: 2816MiB moved"));
  EXPECT_FALSE(machine.has_event("self-ballooning"));
  EXPECT_EQ(machine.registers().vmm_segment.limit().value(), 6 * kGiB + 2816 * kMiB);
  EXPECT_EQ(machine.software.running_vm().vm().slots().front().count, pages_of(256 * kMiB));
}

ManagedSoftwareSetup setup_with_gap(Mode mode) {
  ManagedSoftwareSetup made = managed_setup(mode);
  made.managed.guest_memory = 5 * kGiB;
  made.managed.host_memory = 16 * kGiB;
  made.managed.io_gap = true;
  return made;
}

// What the VMM segment covers is what is above the gap: data, tables and the region's block.
TEST_F(AManagedMachine, MemoryAboveTheIoGapIsUsedFirst) {
  for (const Mode mode : {Mode::kVmmDirect, Mode::kDualDirect, Mode::kGuestDirect}) {
    const SystemCContext inner;
    ManagedMachine machine(setup_with_gap(mode));
    machine.touch(range(kManagedRegion, 50 * 4096));
    EXPECT_EQ(machine.modes(), to_string(mode));
    EXPECT_GE(machine.registers().guest.root.value(), 4 * kGiB);
    const auto frame =
        machine.software.running_vm().process().frame_of(GuestVirtual(kManagedRegion));
    ASSERT_TRUE(frame.has_value());
    EXPECT_GE(*frame, pages_of(4 * kGiB));
    EXPECT_EQ(machine.failure, "");
  }
}

TEST_F(AManagedMachine, TheIoGapIsReclaimedForAVmmSegment) {
  for (const Mode mode : {Mode::kVmmDirect, Mode::kDualDirect}) {
    const SystemCContext inner;
    ManagedMachine machine(setup_with_gap(mode));
    machine.run(range(kManagedRegion, 4 * kMiB), 500);
    EXPECT_TRUE(machine.has_event("I/O gap: 2816MiB moved")) << machine.events();
    EXPECT_EQ(machine.modes(), to_string(mode));
    EXPECT_EQ(machine.registers().vmm_segment.base().value(), 4 * kGiB);
    EXPECT_EQ(machine.registers().vmm_segment.limit().value(), 6 * kGiB + 2816 * kMiB);
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

// The process fills what is above the gap and what is kept below it, and goes on in between; once
// some of it is swapped out there is room above for what lies there.
TEST_F(AManagedMachine, PagesBelowTheIoGapMoveBeforeItIsReclaimed) {
  ManagedSoftwareSetup made = setup_with_gap(Mode::kVmmDirect);
  made.managed.guest_memory = 3 * kGiB + 240 * kMiB;
  made.paging.pages.guest = GuestPages::k2M;
  made.ranges = {range(kManagedRegion, kGiB)};
  made.managed.interval = 2000;
  made.managed.schedule = {"1000 guest-swap 16MiB"};
  ManagedMachine machine(made);
  const auto goes_away = [&machine](GuestVirtual page) {
    const auto frame = machine.software.running_vm().process().frame_of(page);
    return frame && *frame >= pages_of(256 * kMiB) && *frame < pages_of(3 * kGiB);
  };
  GuestVirtual last(kManagedRegion);
  for (machine.store(last); !goes_away(last); machine.store(last)) last = last + 2 * kMiB;
  while (machine.references < 1999) machine.load(last);
  EXPECT_TRUE(machine.has_event("guest swapping: 16MiB of 16MiB")) << machine.events();
  EXPECT_TRUE(goes_away(last));
  machine.load(last);
  EXPECT_TRUE(machine.has_event("I/O gap: 2816MiB moved")) << machine.events();
  EXPECT_FALSE(goes_away(last));
  EXPECT_EQ(machine.software.running_vm().vm().slots().front().count, pages_of(256 * kMiB));
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(AManagedMachine, TheIoGapStaysWhereNoVmmSegmentIsWantedOrTheGuestOsIsUnchanged) {
  for (const bool changed : {true, false}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup_with_gap(changed ? Mode::kGuestDirect : Mode::kVmmDirect);
    made.managed.guest_direct_segments = changed;
    ManagedMachine machine(made);
    machine.run(range(kManagedRegion, 4 * kMiB), 500);
    EXPECT_FALSE(machine.has_event("I/O gap")) << machine.events();
    EXPECT_EQ(machine.modes(), to_string(made.mode));
    EXPECT_EQ(machine.failure, "");
  }
}

// The region of 2.5 GiB fits below the gap alone, where it would keep it as it is.
TEST_F(AManagedMachine, ARegionWaitsForTheIoGapAndTakesWhatIsLeftIfItStays) {
  for (const double immovable : {0.0, 1.0}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = setup_with_gap(Mode::kDualDirect);
    made.primary_region = range(kManagedRegion, 5 * kGiB / 2);
    made.ranges = {*made.primary_region};
    made.managed.guest_fragmentation = {0.0001, 300, immovable};  // one run in each slot
    ManagedMachine machine(made);
    machine.run(range(kManagedRegion, 4 * kMiB), 500);
    const bool stays = immovable == 1;
    EXPECT_EQ(machine.modes(), "vmm-direct dual-direct") << machine.events();
    EXPECT_EQ(machine.has_event("memory below it cannot be moved"), stays);
    EXPECT_EQ(machine.has_event("I/O gap: 2816MiB moved"), !stays);
    const GuestSegment& segment = machine.registers().guest_segment;
    EXPECT_EQ(segment.translate(segment.base()).value() < 4 * kGiB, stays);
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

// 512 MiB above the gap hold a region for each process, but no 1 GiB boundary behind what the
// kernel has.
TEST_F(AManagedMachine, ARegionLiesAboveTheIoGapHoweverItIsAlignedThere) {
  constexpr uint64_t kKeepTlbs = uint64_t{1} << 63;
  ManagedSoftwareSetup made = setup_with_gap(Mode::kDualDirect);
  made.managed.guest_memory = 3 * kGiB + 512 * kMiB;
  made.managed.guest_fragmentation = {0.0001, 300, 1};  // the gap stays
  made.primary_region = range(kManagedRegion, 64 * kMiB);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  const auto frame = [&machine] {
    const GuestSegment& segment = machine.registers().guest_segment;
    return segment.translate(segment.base()).value();
  };
  machine.run(range(kManagedRegion, 4 * kMiB), 500);
  EXPECT_TRUE(machine.has_event("memory below it cannot be moved")) << machine.events();
  EXPECT_EQ(frame(), 4 * kGiB + 224 * kMiB);
  machine.control(ControlOperation::kCr3, kKeepTlbs | 1 << 12 | 1);
  machine.run(range(kManagedRegion, 4 * kMiB), 500);
  EXPECT_EQ(frame(), 4 * kGiB + 288 * kMiB);
  EXPECT_EQ(machine.modes(), "dual-direct") << machine.events();
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// A 16th of 64 MiB, 1024 frames, is the kernel's; 1500 pages 2 MiB apart have a table each.
TEST_F(AManagedMachine, GuestTablesGoOnWhereTheKernelsMemoryEnds) {
  ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
  made.ranges = {range(kManagedRegion, 3 * kGiB)};
  ManagedMachine machine(made);
  for (uint64_t i = 0; i < 1500; ++i) machine.store(GuestVirtual(kManagedRegion + i * 2 * kMiB));
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(AManagedMachine, WithoutAGapThereIsNothingToReclaim) {
  ManagedSoftwareSetup made = managed_setup(Mode::kDualDirect);
  made.managed.guest_memory = 5 * kGiB;
  made.managed.host_memory = 16 * kGiB;
  made.primary_region = range(kManagedRegion, 7 * kGiB / 2);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  machine.run(range(kManagedRegion, 32 * kMiB), 500);
  EXPECT_EQ(machine.modes(), "dual-direct");
  EXPECT_FALSE(machine.has_event("I/O gap"));
}

// ---- Alignment ----------------------------------------------------------------------------------

// Or no page of 2M or 1G would lie in the segment as it does in memory.
TEST_F(AManagedMachine, ARegionLiesInItsBlockAsFarFromALargePagesEdge) {
  for (const uint64_t base : {uint64_t{0}, 5 * uint64_t{4096}, 300 * kMiB + 4096}) {
    const SystemCContext inner;
    ManagedSoftwareSetup made = managed_setup(Mode::kGuestDirect);
    made.primary_region = range(kManagedRegion + base, 16 * kMiB);
    made.ranges = {*made.primary_region};
    ManagedMachine machine(made);
    machine.run(*made.primary_region, 200);
    EXPECT_EQ(machine.modes(), "guest-direct");
    EXPECT_EQ(machine.registers().guest_segment.offset() % (2 * kMiB), 0);
    machine.check_all();
    EXPECT_EQ(machine.failure, "");
  }
}

// ---- Costs --------------------------------------------------------------------------------------

TEST_F(AManagedMachine, CompactionCostsItsCopiesAndItsShootdowns) {
  ManagedSoftwareSetup made = managed_setup(Mode::kVmmDirect);
  made.managed.host_fragmentation = kScattered;
  made.managed.costs = {};
  made.managed.costs[static_cast<size_t>(Operation::kPageCopy)] = 1000;
  ManagedMachine machine(made);
  machine.touch(range(kManagedRegion, 4 * kMiB));
  machine.run(*made.primary_region, 30000);
  const Ledger& ledger = machine.software.ledger();
  EXPECT_TRUE(machine.has_event("compaction done"));
  EXPECT_GT(ledger.count(Operation::kPageCopy), 1024);
  EXPECT_EQ(ledger.cycles(), 1000 * ledger.count(Operation::kPageCopy));
  EXPECT_GT(ledger.count(Operation::kShootdown), 10);
  EXPECT_GT(ledger.count(Operation::kRegisterWrite), 0);
}

// ---- The policy alone ---------------------------------------------------------------------------

TEST(ModePolicy, TakesWhatCanBeHadFirstThenTheGuestThenTheHost) {
  ModeSituation now;
  EXPECT_EQ(next_step(now), ModeStep::kNone);
  now.wants_guest = now.wants_vmm = true;
  now.can_compact = true;
  EXPECT_EQ(next_step(now), ModeStep::kCompact);
  now.can_self_balloon = true;
  EXPECT_EQ(next_step(now), ModeStep::kSelfBalloon);
  now.can_reclaim_gap = true;
  EXPECT_EQ(next_step(now), ModeStep::kReclaimIoGap);
  now.guest_ready = true;
  EXPECT_EQ(next_step(now), ModeStep::kEnterGuestSegment);
  now.vmm_ready = true;
  EXPECT_EQ(next_step(now), ModeStep::kEnterVmmSegment);
  now.guest_on = now.vmm_on = true;
  EXPECT_EQ(next_step(now), ModeStep::kReclaimIoGap);  // the segment covers nothing below it
  now.wants_vmm = false;
  EXPECT_EQ(next_step(now), ModeStep::kNone);
}

}  // namespace
}  // namespace nestwalk::test
