// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/tlb_entry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace nestwalk {
namespace {

static_assert(sizeof(TlbEntry) == 8);

TEST(TlbEntry, AllowsNothingAtFirst) {
  const TlbEntry entry;
  for (int index = 0; index < 6; ++index)
    EXPECT_FALSE(entry.allows({static_cast<AccessKind>(index % 3), index >= 3}));
  EXPECT_FALSE(entry.dirty());
}

RC_GTEST_PROP(TlbEntry, KeepsPageRightsAndDirtyApart, (uint64_t host, bool dirty)) {
  const AccessSet allowed(static_cast<uint8_t>(*rc::gen::inRange(0, 64)));
  TlbEntry entry(HostPhysical(host).align_down(PageSize::k4K), allowed, dirty);
  for (int i = 0; i < 2; ++i) {
    RC_ASSERT(entry.page() == HostPhysical(host).align_down(PageSize::k4K));
    RC_ASSERT(entry.allowed() == allowed);
    RC_ASSERT(entry.dirty() == (dirty || i == 1));
    for (int index = 0; index < 6; ++index) {
      const Access access{static_cast<AccessKind>(index % 3), index >= 3};
      RC_ASSERT(entry.allows(access) == allowed.allows(access));
    }
    entry.set_dirty();
  }
}

ContextTag any_tag() {
  return static_cast<ContextTag>(*rc::gen::inRange(1, 0x10000));
}

RC_GTEST_PROP(TlbKey, GivesBackWhatItWasMadeOf, (uint64_t address)) {
  const ContextTag tag = any_tag();
  for (const PageSize size : kPageSizesUpward) {
    const uint64_t key = TlbKey::linear(GuestVirtual(address), size, tag);
    RC_ASSERT(TlbKey::tag(key) == tag);
    RC_ASSERT(TlbKey::size(key) == size);
    RC_ASSERT(!TlbKey::is_nested(key));
    RC_ASSERT(TlbKey::page_number(key) == TlbKey::page_number(GuestVirtual(address), size));
    RC_ASSERT(TlbKey::covers(key, TlbEntry{}, GuestVirtual(address)));
    RC_ASSERT(key != 0U);
  }
  const uint64_t nested = TlbKey::nested(GuestPhysical(address), tag);
  RC_ASSERT(TlbKey::tag(nested) == tag);
  RC_ASSERT(TlbKey::size(nested) == PageSize::k4K);
  RC_ASSERT(TlbKey::is_nested(nested));
  RC_ASSERT(TlbKey::page_number(nested) == (address & ((uint64_t{1} << 57) - 1)) >> 12);
}

TEST(TlbKey, ComparesBits56DownToThePageOffset) {
  const GuestVirtual address(0x01ff'ffff'ffff'ffff);
  EXPECT_EQ(TlbKey::page_number(address, PageSize::k4K), (uint64_t{1} << 45) - 1);
  EXPECT_EQ(TlbKey::page_number(address, PageSize::k2M), (uint64_t{1} << 36) - 1);
  EXPECT_EQ(TlbKey::page_number(address, PageSize::k1G), (uint64_t{1} << 27) - 1);
  EXPECT_EQ(TlbKey::page_number(GuestVirtual(0xfe00'0000'0000'1000), PageSize::k4K), 1U);
}

TEST(TlbKey, CoversItsPageAndNoOther) {
  for (const PageSize size : kPageSizesUpward) {
    const GuestVirtual start(0x7fff'4000'0000);
    const uint64_t key = TlbKey::linear(start + 0x123, size, ContextTag{1});
    EXPECT_TRUE(TlbKey::covers(key, TlbEntry{}, start));
    EXPECT_TRUE(TlbKey::covers(key, TlbEntry{}, start + mask(size)));
    EXPECT_FALSE(TlbKey::covers(key, TlbEntry{}, start + bytes(size)));
    EXPECT_FALSE(TlbKey::covers(key, TlbEntry{}, start - uint64_t{1}));
  }
}

TEST(TlbKey, CoversTheWholePageThatAPieceWasCutFrom) {
  const GuestVirtual start(0x7fff'4000'0000);
  const uint64_t key =
      TlbKey::linear(start + 5 * bytes(PageSize::k4K), PageSize::k4K, ContextTag{1});
  const TlbEntry piece(HostPhysical(0x9000), AccessSet::all(), true, PageSize::k2M);
  EXPECT_EQ(piece.cut_from(), PageSize::k2M);
  EXPECT_EQ(piece.page(), HostPhysical(0x9000));
  EXPECT_TRUE(TlbKey::covers(key, piece, start));
  EXPECT_TRUE(TlbKey::covers(key, piece, start + mask(PageSize::k2M)));
  EXPECT_FALSE(TlbKey::covers(key, piece, start + bytes(PageSize::k2M)));
  EXPECT_FALSE(TlbKey::covers(key, piece, start - uint64_t{1}));
}

TEST(TlbKey, TellsSizesDimensionsAndTagsApart) {
  const GuestVirtual address(0);
  const ContextTag tag{1};
  const uint64_t key = TlbKey::linear(address, PageSize::k4K, tag);
  EXPECT_NE(key, TlbKey::linear(address, PageSize::k2M, tag));
  EXPECT_NE(key, TlbKey::linear(address, PageSize::k1G, tag));
  EXPECT_NE(key, TlbKey::linear(address, PageSize::k4K, ContextTag{2}));
  EXPECT_NE(key, TlbKey::nested(GuestPhysical(0), tag));
}

}  // namespace
}  // namespace nestwalk
