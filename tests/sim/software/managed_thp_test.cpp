// SPDX-License-Identifier: Apache-2.0
// Transparent huge pages of the managed guest OS, leaf by leaf: where a 2M page is mapped at once,
// where not, what splits one, and what makes one of 4K pages again.
#include <gtest/gtest.h>

#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {
namespace {

constexpr VirtualRange first_huge_page() {
  return {GuestVirtual(kManagedRegion), GuestVirtual(kManagedRegion + 2 * kMiB)};
}

class Thp : public SystemCTest {
 protected:
  static ManagedSoftwareSetup setup(PageSize nested = PageSize::k4K) {
    ManagedSoftwareSetup made = managed_setup(Mode::kBaseVirtualized);
    made.paging.pages = {GuestPages::kThp, nested};
    return made;
  }

  /// The size of the guest's leaf; none where nothing is mapped.
  static std::optional<PageSize> leaf(ManagedMachine& machine, uint64_t page) {
    const auto found = machine.software.running_vm().process().tables().find(
        GuestVirtual(kManagedRegion + 4096 * page));
    return found ? std::optional(found->size) : std::nullopt;
  }
  static uint64_t count(const ManagedMachine& machine, Operation operation) {
    return machine.software.ledger().count(operation);
  }
};

TEST_F(Thp, MapsTwoMegabytesAtTheFirstTouchWhereABlockIsFree) {
  ManagedMachine machine(setup());
  const uint64_t free = machine.software.report()->guest_free.frames;
  machine.store(GuestVirtual(kManagedRegion + 4096 * 77));
  EXPECT_EQ(leaf(machine, 0), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 511), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 512), std::nullopt);
  EXPECT_EQ(machine.software.faults().guest, 1);
  EXPECT_EQ(machine.software.report()->guest_free.frames, free - 512);
  machine.touch(first_huge_page());
  EXPECT_EQ(machine.software.faults().guest, 1);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Thp, MapsFourKilobytesWhereNoBlockIsFree) {
  ManagedSoftwareSetup made = setup();
  made.managed.guest_fragmentation = {0.5, 1, 0};
  ManagedMachine machine(made);
  const uint64_t free = machine.software.report()->guest_free.frames;
  machine.touch(first_huge_page());
  for (uint64_t page = 0; page < 512; ++page) ASSERT_EQ(leaf(machine, page), PageSize::k4K);
  EXPECT_EQ(machine.software.faults().guest, 512);
  EXPECT_EQ(machine.software.report()->guest_free.frames, free - 512);
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Thp, MapsFourKilobytesBeyondTheLastWholeTwoMegabytesOfAnArea) {
  ManagedSoftwareSetup made = setup();
  made.primary_region = range(kManagedRegion, 2 * kMiB + 8192);
  made.ranges = {*made.primary_region};
  ManagedMachine machine(made);
  machine.touch(*made.primary_region);
  EXPECT_EQ(leaf(machine, 511), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 512), PageSize::k4K);
  EXPECT_EQ(leaf(machine, 513), PageSize::k4K);
  EXPECT_EQ(machine.software.faults().guest, 3);
}

/// After 512 stores and 88 loads the guest swaps one page out, at the next interval it collapses.
class SplitThp : public Thp {
 protected:
  static ManagedSoftwareSetup setup(uint64_t least_pages) {
    ManagedSoftwareSetup made = Thp::setup();
    made.managed.schedule = {"600 guest-swap 4KiB"};
    made.managed.collapse_slice = 1;
    made.managed.collapse_at = least_pages;
    return made;
  }
  /// Up to and with the swap, of the first page.
  static void split(ManagedMachine& machine) {
    machine.touch(first_huge_page());
    while (machine.references < 600) machine.load(GuestVirtual(kManagedRegion + 4096));
    ASSERT_EQ(count(machine, Operation::kSwapOut), 1);
    ASSERT_EQ(leaf(machine, 0), std::nullopt);
    for (uint64_t page = 1; page < 512; ++page) ASSERT_EQ(leaf(machine, page), PageSize::k4K);
  }
  /// Up to the end of the next interval.
  static void go_on(ManagedMachine& machine) {
    const uint64_t end = (machine.references / 100 + 1) * 100;
    while (machine.references < end) machine.load(GuestVirtual(kManagedRegion + 4096));
  }
};

TEST_F(SplitThp, IsMadeWholeAgainOnceItsSwappedPageIsBack) {
  ManagedMachine machine(setup(512));
  split(machine);
  const uint64_t free = machine.software.report()->guest_free.frames;
  go_on(machine);
  EXPECT_EQ(leaf(machine, 1), PageSize::k4K);  // a page of it is on the swap device
  EXPECT_EQ(count(machine, Operation::kPageCopy), 0);

  machine.load(GuestVirtual(kManagedRegion));
  EXPECT_EQ(count(machine, Operation::kSwapIn), 1);
  EXPECT_EQ(leaf(machine, 0), PageSize::k4K);
  go_on(machine);
  EXPECT_EQ(leaf(machine, 0), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 1), PageSize::k2M);
  EXPECT_EQ(count(machine, Operation::kPageCopy), 512);
  EXPECT_EQ(machine.software.report()->guest_free.frames, free - 1);  // the page that came back
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

// The first request finds all used, clears A and takes page 0; then one page of the second 2M page
// is used, and the second request takes the rest of the first 2M page and ten of the third.
TEST_F(Thp, APageIsUsedIfAnyPageOfItsLeafIs) {
  ManagedSoftwareSetup made = setup();
  made.managed.schedule = {"1600 guest-swap 4KiB", "1700 guest-swap 2084KiB"};
  ManagedMachine machine(made);
  machine.touch(range(kManagedRegion, 6 * kMiB));
  while (machine.references < 1700) machine.load(GuestVirtual(kManagedRegion + 4096 * 600));
  EXPECT_EQ(count(machine, Operation::kSwapOut), 1 + 511 + 10);
  EXPECT_EQ(leaf(machine, 511), std::nullopt);
  for (uint64_t page = 512; page < 1024; ++page) ASSERT_EQ(leaf(machine, page), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 1033), std::nullopt);
  EXPECT_EQ(leaf(machine, 1034), PageSize::k4K);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

TEST_F(Thp, TheVmmSplitsItsOwnPagesOnly) {
  ManagedSoftwareSetup made = setup(PageSize::k2M);
  made.managed.schedule = {"1100 vmm-swap 4KiB"};
  ManagedMachine machine(made);
  machine.touch(range(kManagedRegion, 4 * kMiB));
  VirtualMachine& vm = machine.software.running_vm().vm();
  const auto nested_leaves = [&vm](PageSize size) {
    uint64_t leaves = 0;
    vm.map(0).for_each_leaf([&](GuestPhysical, const auto& leaf) { leaves += leaf.size == size; });
    return leaves;
  };
  const uint64_t huge = nested_leaves(PageSize::k2M);
  EXPECT_GE(huge, 3);  // the data's two, and the tables'
  EXPECT_EQ(nested_leaves(PageSize::k4K), 0);
  while (machine.references < 1100) machine.load(GuestVirtual(kManagedRegion));
  EXPECT_EQ(count(machine, Operation::kSwapOut), 1);
  EXPECT_EQ(nested_leaves(PageSize::k2M), huge - 1);
  EXPECT_EQ(nested_leaves(PageSize::k4K), 511);
  EXPECT_EQ(leaf(machine, 0), PageSize::k2M);
  EXPECT_EQ(leaf(machine, 512), PageSize::k2M);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
}

}  // namespace
}  // namespace nestwalk::test
