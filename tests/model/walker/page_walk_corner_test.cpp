// SPDX-License-Identifier: Apache-2.0
// The corner cases of spec 7 that a walk meets: edges of segments, escaped pages, addresses that
// wrap or reach past the tables.
#include <gtest/gtest.h>

#include "tests/support/test_tables.h"

namespace nestwalk {
namespace {

constexpr uint64_t kShift = TestTables::kHostShift;
constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr Access kLoad{AccessKind::kRead, true};

VmmSegment vmm(uint64_t base, uint64_t limit, uint64_t offset = kShift) {
  return VmmSegment(GuestPhysical(base), GuestPhysical(limit), offset);
}
GuestSegment guest(uint64_t base, uint64_t limit, uint64_t offset) {
  return GuestSegment(GuestVirtual(base), GuestVirtual(limit), offset);
}

TestTables mapped(PageSize guest_size = PageSize::k4K, PageSize nested_size = PageSize::k4K,
                  NestedFormat format = NestedFormat::kEpt) {
  TestTables tables(4, 4, format);
  tables.map_guest(kGva, kGpa, guest_size);
  tables.map_guest_tables();
  for (uint64_t g = kGpa; g < kGpa + bytes(guest_size); g += bytes(nested_size))
    tables.map_nested(g, g + kShift, nested_size);
  return tables;
}

TEST(PageWalkCorner, AddressEqualToLimitIsOutside) {
  TestTables tables = mapped();
  tables.context.guest_segment = guest(kGva - 0x1000, kGva, kGpa - kGva);
  EXPECT_EQ(tables.walk(kGva).segment_class(), SegmentClass::kNeither);
  tables.context.guest_segment = guest(kGva, kGva + 0x1000, kGpa - kGva);
  EXPECT_EQ(tables.walk(kGva).segment_class(), SegmentClass::kGuestOnly);
}

TEST(PageWalkCorner, BaseEqualToLimitIsOffAndNotCounted) {
  TestTables tables = mapped();
  tables.context.guest_segment = guest(kGva, kGva, 0x5000);
  tables.context.vmm_segment = vmm(kGpa, kGpa, 0x5000);
  const PageWalk walk = tables.walk(kGva);
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.segment_checks(), 0);
  EXPECT_EQ(walk.memory_references(), 24);
}

TEST(PageWalkCorner, TablePageOutsideTheVmmSegmentIsWalked) {
  TestTables tables = mapped();
  const uint64_t root = tables.context.guest.root.value();
  tables.context.vmm_segment = vmm(root + 0x1000, uint64_t{4} << 30);
  const PageWalk walk = tables.walk(kGva);
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.memory_references(), 4 + 4);  // the root's gPA by paging
  EXPECT_EQ(walk.segment_checks(), 5);
  EXPECT_EQ(walk.translation().address, HostPhysical(kGpa + kShift));
  EXPECT_EQ(walk.segment_class(), SegmentClass::kVmmOnly);
}

TEST(PageWalkCorner, EscapedTablePageIsWalkedToItsReplacement) {
  TestTables tables = mapped();
  tables.context.vmm_segment = vmm(0, uint64_t{4} << 30);
  // The page table's frame is bad: its content lives in another one, and only there.
  const uint64_t gpa = tables.guest_entry_gpa(kGva, 1);
  const uint64_t replacement = uint64_t{2} << 40;
  tables.word(replacement + (gpa & 0xfff)) = tables.guest_word(kGva, 1);
  tables.guest_word(kGva, 1) = 0;
  tables.map_nested(gpa & ~uint64_t{0xfff}, replacement);
  EXPECT_EQ(tables.walk(kGva).fault().kind, FaultKind::kGuestPage);
  EscapeFilter filter(FilterConfig{});
  filter.insert(gpa >> 12);
  tables.context.vmm_filter = &filter;
  const PageWalk walk = tables.walk(kGva, kLoad);
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.memory_references(), 4 + 4);
  EXPECT_EQ(walk.segment_checks(), 5);
}

TEST(PageWalkCorner, EscapedDataPageIsWalkedAndNarrowsLargePages) {
  TestTables tables = mapped(PageSize::k2M);
  tables.context.vmm_segment = vmm(0, uint64_t{4} << 30);
  EXPECT_EQ(tables.walk(kGva).translation().size, PageSize::k2M);
  EscapeFilter filter(FilterConfig{});
  filter.insert((kGpa >> 12) + 5);
  tables.context.vmm_filter = &filter;
  const PageWalk beside = tables.walk(kGva, kLoad);
  EXPECT_EQ(beside.translation().size, PageSize::k4K);
  EXPECT_EQ(beside.segment_class(), SegmentClass::kVmmOnly);
  const PageWalk escaped = tables.walk(kGva + 0x5000, kLoad);
  EXPECT_EQ(escaped.segment_class(), SegmentClass::kNeither);
  EXPECT_EQ(escaped.translation().address, HostPhysical(kGpa + 0x5000 + kShift));
}

TEST(PageWalkCorner, PageThatStraddlesAnEdgeIsNarrowedOnBothSides) {
  TestTables tables = mapped(PageSize::k2M, PageSize::k2M);
  tables.context.vmm_segment = vmm(0, kGpa + 0x3000);
  const PageWalk inside = tables.walk(kGva + 0x2fff);
  EXPECT_EQ(inside.segment_class(), SegmentClass::kVmmOnly);
  EXPECT_EQ(inside.translation().size, PageSize::k4K);
  const PageWalk outside = tables.walk(kGva + 0x3000);
  EXPECT_EQ(outside.segment_class(), SegmentClass::kNeither);
  EXPECT_EQ(outside.translation().size, PageSize::k4K);
}

TEST(PageWalkCorner, OffsetThatBreaksAlignmentNarrows) {
  TestTables tables = mapped(PageSize::k2M);
  tables.context.vmm_segment = vmm(kGpa, kGpa + bytes(PageSize::k2M), kShift + 0x1000);
  const PageWalk walk = tables.walk(kGva + 0x234);
  EXPECT_EQ(walk.translation().size, PageSize::k4K);
  EXPECT_EQ(walk.translation().address, HostPhysical(kGpa + kShift + 0x1234));
}

TEST(PageWalkCorner, GuestSegmentPartlyInsideTheVmmSegment) {
  TestTables tables = mapped();
  tables.map_nested(kGpa + 0x1000, kGpa + 0x1000 + kShift);
  tables.context.guest_segment = guest(kGva, kGva + 0x2000, kGpa - kGva);
  tables.context.vmm_segment = vmm(0, kGpa + 0x1000);
  const PageWalk both = tables.walk(kGva + 0xfff);
  EXPECT_EQ(both.segment_class(), SegmentClass::kBoth);
  EXPECT_EQ(both.memory_references(), 0);
  const PageWalk one = tables.walk(kGva + 0x1000);
  EXPECT_EQ(one.segment_class(), SegmentClass::kGuestOnly);
  EXPECT_EQ(one.memory_references(), 4);
  EXPECT_EQ(one.segment_checks(), 2);
}

TEST(PageWalkCorner, OffsetWrapsModulo64Bits) {
  TestTables tables = mapped();
  const uint64_t high = 0xffffff8000000000;  // canonical, upper half
  tables.context.guest_segment = guest(high, high + 0x1000, kGpa - high);
  const PageWalk walk = tables.walk(high + 0x10, {AccessKind::kWrite, true});
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.translation().address, HostPhysical(kGpa + kShift + 0x10));
}

TEST(PageWalkCorner, HugeGpaIsBeyondTheNestedTables) {
  for (const NestedFormat format : {NestedFormat::kEpt, NestedFormat::kNpt}) {
    TestTables tables = mapped(PageSize::k4K, PageSize::k4K, format);
    for (const uint64_t gpa : {uint64_t{1} << 48, uint64_t{1} << 56, ~uint64_t{0xfff}}) {
      tables.context.guest_segment = guest(kGva, kGva + 0x1000, gpa - kGva);
      const PageWalk walk = tables.walk(kGva + 0x18);
      EXPECT_EQ(walk.memory_references(), 0);
      EXPECT_EQ(walk.fault().physical_address, GuestPhysical(gpa + 0x18));
      if (format == NestedFormat::kEpt) {
        EXPECT_EQ(walk.fault().kind, FaultKind::kEptViolation);
        EXPECT_EQ(walk.fault().code, 0x181u);  // read, linear address valid, final
      } else {
        EXPECT_EQ(walk.fault().kind, FaultKind::kNestedPage);
        EXPECT_EQ(walk.fault().code, uint64_t{1} << 32 | 4);
      }
    }
  }
}

TEST(PageWalkCorner, FiveNestedLevelsReachFurther) {
  TestTables tables(4, 5, NestedFormat::kEpt);
  const uint64_t gpa = uint64_t{1} << 50;
  tables.map_nested(gpa, 0x7000);
  tables.context.guest_segment = guest(kGva, kGva + 0x1000, gpa - kGva);
  EXPECT_EQ(tables.walk(kGva + 8).translation().address, HostPhysical(0x7008));
}

TEST(PageWalkCorner, NotCanonicalReadsAndChecksNothing) {
  TestTables tables = mapped();
  const uint64_t address = uint64_t{1} << 47;
  tables.context.guest_segment = guest(address, address + 0x1000, 0);
  const PageWalk walk = tables.walk(address);
  EXPECT_EQ(walk.fault().kind, FaultKind::kNotCanonical);
  EXPECT_EQ(walk.fault().virtual_address, GuestVirtual(address));
  EXPECT_EQ(walk.memory_references() + walk.segment_checks(), 0);
}

TEST(PageWalkCorner, SegmentGrantsAllRightsAtItsLevel) {
  TestTables tables = mapped();
  tables.context.guest.smap = true;
  tables.context.guest.smep = true;
  tables.context.guest_segment = guest(kGva, kGva + 0x1000, kGpa - kGva);
  tables.context.vmm_segment = vmm(kGpa, kGpa + 0x1000);
  EXPECT_EQ(tables.walk(kGva).translation().allowed, AccessSet::all());
  tables.context.vmm_segment = {};
  tables.nested_word_at(kGpa, 1) &= ~uint64_t{2};
  EXPECT_EQ(tables.walk(kGva).translation().allowed, AccessSet::both(true, false, true));
}

TEST(PageWalkCorner, WholeGpaOfALargeGuestPageIsNested) {
  TestTables tables = mapped(PageSize::k2M, PageSize::k4K);
  tables.map_nested(kGpa + 0x7000, 0x123000);
  EXPECT_EQ(tables.walk(kGva + 0x7abc).translation().address, HostPhysical(0x123abc));
}

TEST(PageWalkCorner, MaxphyaddrOutOfRangeIsRefused) {
  TestTables tables = mapped();
  tables.context.guest.maxphyaddr = 53;
  EXPECT_THROW(tables.walk(kGva), std::invalid_argument);
  tables.context.guest.maxphyaddr = 46;
  tables.context.nested.maxphyaddr = 35;
  EXPECT_THROW(tables.walk(kGva), std::invalid_argument);
}

}  // namespace
}  // namespace nestwalk
