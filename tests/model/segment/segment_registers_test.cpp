// SPDX-License-Identifier: Apache-2.0
#include "model/segment/segment_registers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <type_traits>

namespace nestwalk {
namespace {

static_assert(std::is_same_v<decltype(GuestSegment().translate(GuestVirtual())), GuestPhysical>);
static_assert(std::is_same_v<decltype(VmmSegment().translate(GuestPhysical())), HostPhysical>);
static_assert(!std::is_constructible_v<GuestSegment, GuestPhysical, GuestPhysical, uint64_t>);
static_assert(!std::is_convertible_v<GuestSegment, VmmSegment>);

GuestSegment segment(uint64_t base, uint64_t limit, uint64_t offset = 0) {
  return GuestSegment(GuestVirtual(base), GuestVirtual(limit), offset);
}

TEST(SegmentRegisters, AreOffAtFirst) {
  const GuestSegment off;
  EXPECT_FALSE(off.enabled());
  EXPECT_FALSE(off.contains(GuestVirtual(0)));
  EXPECT_FALSE(off.contains(GuestVirtual(~uint64_t{0})));
}

TEST(SegmentRegisters, ContainBaseAndNotLimit) {
  const GuestSegment s = segment(0x1000, 0x4000);
  EXPECT_TRUE(s.enabled());
  EXPECT_FALSE(s.contains(GuestVirtual(0xfff)));
  EXPECT_TRUE(s.contains(GuestVirtual(0x1000)));
  EXPECT_TRUE(s.contains(GuestVirtual(0x3fff)));
  EXPECT_FALSE(s.contains(GuestVirtual(0x4000)));
  EXPECT_FALSE(s.contains(GuestVirtual(0)));
  EXPECT_FALSE(s.contains(GuestVirtual(~uint64_t{0})));
}

TEST(SegmentRegisters, BaseEqualToLimitIsOff) {
  const GuestSegment s = segment(0x4000, 0x4000, 0x1000);
  EXPECT_FALSE(s.enabled());
  for (const uint64_t address : {0x3fff, 0x4000, 0x4001, 0})
    EXPECT_FALSE(s.contains(GuestVirtual(address)));
}

TEST(SegmentRegisters, ReachTheTopmostLimit) {
  const GuestSegment s = segment(0, ~uint64_t{0xfff});
  EXPECT_TRUE(s.contains(GuestVirtual(0)));
  EXPECT_TRUE(s.contains(GuestVirtual(~uint64_t{0x1000})));
  EXPECT_FALSE(s.contains(GuestVirtual(~uint64_t{0xfff})));
}

TEST(SegmentRegisters, AddTheOffset) {
  EXPECT_EQ(segment(0x1000, 0x4000, 0x10'0000).translate(GuestVirtual(0x1234)),
            GuestPhysical(0x10'1234));
}

TEST(SegmentRegisters, OffsetWrapsAround) {
  const GuestSegment down = segment(0x7000'0000, 0x7001'0000, uint64_t{0} - 0x6fff'0000);
  EXPECT_EQ(down.translate(GuestVirtual(0x7000'0000)), GuestPhysical(0x1'0000));
  const GuestSegment across = segment(0x1000, 0x4000, ~uint64_t{0x1fff});
  EXPECT_EQ(across.translate(GuestVirtual(0x1fff)), GuestPhysical(~uint64_t{0}));
  EXPECT_EQ(across.translate(GuestVirtual(0x2000)), GuestPhysical(0));
}

TEST(SegmentRegisters, RefuseValuesThatAreNotAligned) {
  EXPECT_THROW(segment(0x1001, 0x4000), std::invalid_argument);
  EXPECT_THROW(segment(0x1000, 0x4800), std::invalid_argument);
  EXPECT_THROW(segment(0x1000, 0x4000, 0x10), std::invalid_argument);
  EXPECT_THROW(segment(0x1008, 0x1008), std::invalid_argument) << "even when off";
}

TEST(SegmentRegisters, RefuseALimitBelowTheBase) {
  EXPECT_THROW(segment(0x4000, 0x3000), std::invalid_argument);
  EXPECT_NO_THROW(segment(0x4000, 0x4000));
}

TEST(SegmentRegisters, CompareByAllThree) {
  EXPECT_TRUE(segment(0x1000, 0x4000, 0x1000) == segment(0x1000, 0x4000, 0x1000));
  EXPECT_FALSE(segment(0x1000, 0x4000, 0x1000) == segment(0x2000, 0x4000, 0x1000));
  EXPECT_FALSE(segment(0x1000, 0x4000, 0x1000) == segment(0x1000, 0x5000, 0x1000));
  EXPECT_FALSE(segment(0x1000, 0x4000, 0x1000) == segment(0x1000, 0x4000, 0x2000));
}

RC_GTEST_PROP(SegmentRegisters, FollowTheDefinition,
              (uint64_t a, uint64_t b, uint64_t offset, uint64_t address)) {
  const uint64_t page = ~uint64_t{0xfff};
  const uint64_t base = std::min(a, b) & page;
  const uint64_t limit = std::max(a, b) & page;
  const GuestSegment s = segment(base, limit, offset & page);
  for (const uint64_t x : {address, base, base - 1, limit, limit - 1, base + address % 0x10000}) {
    RC_ASSERT(s.contains(GuestVirtual(x)) == (base <= x && x < limit));
    RC_ASSERT(s.translate(GuestVirtual(x)).value() == x + (offset & page));
  }
  RC_ASSERT(s.enabled() == (base != limit));
}

}  // namespace
}  // namespace nestwalk
