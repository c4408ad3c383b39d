// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l2_tlb.h"

#include <gtest/gtest.h>

#include "tests/model/tlb/translations.h"

namespace nestwalk {
namespace {

using test::context_of;
using test::kUserRead;
using test::kUserWrite;
using test::translation_to;

L2TlbConfig with_all_sizes() {
  L2TlbConfig config;
  config.holds_2m = true;
  config.entries_1g = 16;
  return config;
}

NestedHit nested_to(uint64_t host) {
  return {true, HostPhysical(host), AccessSet::both(true, false, true), false};
}

class L2TlbTest : public ::testing::Test {
 protected:
  bool hits(GuestVirtual address, const ContextTags& tags, Access access = kUserRead) {
    return tlb_.look_up(address, access, tags).has_value();
  }

  ContextTagTable table_;
  ContextTags tags_ = table_.tags_of(context_of(1, 1));
  L2Tlb tlb_{L2TlbConfig{}};
};

/// Page i of those that share the first set of the paper's 128.
GuestVirtual in_first_set(uint64_t i) {
  return GuestVirtual(i * 128 * 4096);
}
GuestPhysical nested_in_first_set(uint64_t i) {
  return GuestPhysical(i * 128 * 4096);
}

TEST_F(L2TlbTest, HasThePapersArray) {
  EXPECT_EQ(tlb_.array().sets(), 128U);
  EXPECT_EQ(tlb_.array().ways(), 4U);
}

TEST_F(L2TlbTest, GivesBackTheTranslation) {
  L2Tlb tlb(with_all_sizes());
  const GuestVirtual page(0x5580'c000'0000);
  for (const PageSize size : kPageSizesUpward) {
    Translation translation = translation_to(0x80'0000'0123, size);
    translation.allowed = AccessSet::both(true, true, false);
    translation.dirty = size == PageSize::k2M;
    translation.global = size == PageSize::k1G;
    tlb.insert(page + 0x123, translation, tags_);
    const auto found = tlb.look_up(page + mask(size), kUserRead, tags_);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->address, HostPhysical(0x80'0000'0000 + mask(size)));
    EXPECT_EQ(found->size, size);
    EXPECT_EQ(found->allowed, translation.allowed);
    EXPECT_EQ(found->dirty, translation.dirty);
    EXPECT_EQ(found->global, translation.global);
    EXPECT_FALSE(tlb.look_up(page + bytes(size), kUserRead, tags_).has_value());
    EXPECT_EQ(tlb.invalidate_if([](const auto&) { return true; }), 1U);
  }
}

TEST_F(L2TlbTest, KeepsOnlySizesThatItHolds) {
  tlb_.insert(GuestVirtual(0), translation_to(0, PageSize::k2M), tags_);
  tlb_.insert(GuestVirtual(0), translation_to(0, PageSize::k1G), tags_);
  EXPECT_FALSE(hits(GuestVirtual(0), tags_));
  EXPECT_EQ(tlb_.invalidate_if([](const auto&) { return true; }), 0U);
}

TEST_F(L2TlbTest, IndexesByThePageNumberOfTheSize) {
  L2Tlb tlb(with_all_sizes());
  for (uint64_t i = 0; i < 128; ++i)
    tlb.insert(GuestVirtual(i << 21), translation_to(i << 21, PageSize::k2M), tags_);
  for (uint64_t i = 0; i < 128; ++i) EXPECT_EQ(tlb.array().set(i)[0].key >> 19, i);
}

TEST_F(L2TlbTest, NeedNotHaveAPowerOfTwoOfSets) {
  L2TlbConfig config;
  config.entries = 1536;
  L2Tlb tlb(config);
  EXPECT_EQ(tlb.array().sets(), 384U);
  const auto page = [](uint64_t i) { return GuestVirtual((5 + i * 384) * 4096); };
  for (uint64_t i = 0; i < 5; ++i) tlb.insert(page(i), translation_to(0x9000), tags_);
  EXPECT_FALSE(tlb.look_up(page(0), kUserRead, tags_).has_value());
  for (uint64_t i = 1; i < 5; ++i) EXPECT_TRUE(tlb.look_up(page(i), kUserRead, tags_).has_value());
}

TEST_F(L2TlbTest, MissingRightsAreNoHit) {
  for (int set = 0; set < 64; ++set) {
    Translation translation = translation_to(0x9000);
    translation.allowed = AccessSet(static_cast<uint8_t>(set));
    tlb_.insert(GuestVirtual(0x7000), translation, tags_);
    for (int index = 0; index < 6; ++index) {
      const Access access{static_cast<AccessKind>(index % 3), index >= 3};
      EXPECT_EQ(hits(GuestVirtual(0x7000), tags_, access), (set >> index & 1) != 0);
    }
  }
}

// The access may fault, and a fault must leave nothing behind.
TEST_F(L2TlbTest, ALookUpWithoutRightsLeavesTheOrder) {
  Translation read_only = translation_to(0x9000);
  read_only.allowed = AccessSet::both(true, false, false);
  for (uint64_t i = 0; i < 4; ++i) tlb_.insert(in_first_set(i), read_only, tags_);
  EXPECT_FALSE(hits(in_first_set(0), tags_, kUserWrite));
  tlb_.insert(in_first_set(4), read_only, tags_);
  EXPECT_FALSE(hits(in_first_set(0), tags_));
  EXPECT_TRUE(hits(in_first_set(1), tags_));
}

TEST_F(L2TlbTest, AHitRenews) {
  for (uint64_t i = 0; i < 4; ++i) tlb_.insert(in_first_set(i), translation_to(0x9000), tags_);
  EXPECT_TRUE(hits(in_first_set(0), tags_));
  tlb_.insert(in_first_set(4), translation_to(0x9000), tags_);
  EXPECT_TRUE(hits(in_first_set(0), tags_));
  EXPECT_FALSE(hits(in_first_set(1), tags_));
}

TEST_F(L2TlbTest, EntriesBelongToPcidVpidAndNestedRoot) {
  tlb_.insert(GuestVirtual(0x7000), translation_to(0x9000), tags_);
  EXPECT_TRUE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(2, 1))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 2))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1, 0x2000))));
}

class L2TlbGlobalTest : public L2TlbTest {
 protected:
  L2TlbGlobalTest() {
    TranslationContext context = context_of(2, 1);
    context.guest_segment = GuestSegment(GuestVirtual(0), GuestVirtual(0x10000), 0);
    segmented_ = table_.tags_of(context);
    translation_.global = true;
    tlb_.insert(GuestVirtual(0x7000), translation_, tags_);
  }

  Translation translation_ = translation_to(0x9000);
  ContextTags segmented_;
};

TEST_F(L2TlbGlobalTest, EntriesBelongToTheVm) {
  const auto found =
      tlb_.look_up(GuestVirtual(0x7000), kUserRead, table_.tags_of(context_of(2, 1)));
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->global);
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 2))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1, 0x2000))));
}

TEST_F(L2TlbGlobalTest, AGuestSegmentHidesThem) {
  EXPECT_FALSE(hits(GuestVirtual(0x7000), segmented_));
  tlb_.insert(GuestVirtual(0x2'0000), translation_, segmented_);
  const auto own = tlb_.look_up(GuestVirtual(0x2'0000), kUserRead, segmented_);
  ASSERT_TRUE(own.has_value());
  EXPECT_FALSE(own->global) << "its own, whatever G says";
  EXPECT_FALSE(hits(GuestVirtual(0x2'0000), tags_));
}

TEST_F(L2TlbGlobalTest, AStoreOfAnotherProcessSetsTheirDirty) {
  tlb_.set_dirty(GuestVirtual(0x7000), table_.tags_of(context_of(2, 1)));
  EXPECT_TRUE(tlb_.look_up(GuestVirtual(0x7000), kUserRead, tags_)->dirty);
}

// There the store goes to another page: the hidden entry's page stays clean.
TEST_F(L2TlbGlobalTest, AStoreUnderAGuestSegmentLeavesTheirDirty) {
  tlb_.set_dirty(GuestVirtual(0x7000), segmented_);
  EXPECT_FALSE(tlb_.look_up(GuestVirtual(0x7000), kUserRead, tags_)->dirty);
}

TEST_F(L2TlbTest, SetDirtyMarksTheAddressAlone) {
  L2Tlb tlb(with_all_sizes());
  for (const PageSize size : kPageSizesUpward) {
    const GuestVirtual address((1 + static_cast<uint64_t>(size)) << 40);
    tlb.insert(address, translation_to(0, size), tags_);
    tlb.insert(address + bytes(size), translation_to(0, size), tags_);
    tlb.set_dirty(address + 8, tags_);
    EXPECT_TRUE(tlb.look_up(address, kUserRead, tags_)->dirty);
    EXPECT_FALSE(tlb.look_up(address + bytes(size), kUserRead, tags_)->dirty);
  }
  tlb.set_dirty(GuestVirtual(0x7000), tags_);
  EXPECT_FALSE(tlb.look_up(GuestVirtual(0x7000), kUserRead, tags_).has_value());
}

// ---- Nested translations in the same array

TEST_F(L2TlbTest, GivesBackNestedTranslations) {
  tlb_.insert_nested(GuestPhysical(0x7123), nested_to(0x9000), tags_);
  const NestedHit found = tlb_.look_up_nested(GuestPhysical(0x7ff8), tags_);
  EXPECT_TRUE(found.hit);
  EXPECT_EQ(found.page, HostPhysical(0x9000));
  EXPECT_EQ(found.allowed, AccessSet::both(true, false, true));
  EXPECT_FALSE(found.dirty);
  EXPECT_FALSE(tlb_.look_up_nested(GuestPhysical(0x8000), tags_).hit);

  NestedHit dirty = nested_to(0xa000);
  dirty.dirty = true;
  tlb_.insert_nested(GuestPhysical(0x7000), dirty, tags_);
  EXPECT_EQ(tlb_.look_up_nested(GuestPhysical(0x7000), tags_).page, HostPhysical(0xa000));
  EXPECT_TRUE(tlb_.look_up_nested(GuestPhysical(0x7000), tags_).dirty);
}

TEST_F(L2TlbTest, NestedEntriesBelongToTheVm) {
  tlb_.insert_nested(GuestPhysical(0x7000), nested_to(0x9000), tags_);
  const auto nested_hits = [&](const TranslationContext& context) {
    return tlb_.look_up_nested(GuestPhysical(0x7000), table_.tags_of(context)).hit;
  };
  EXPECT_TRUE(nested_hits(context_of(2, 1))) << "any process of the VM";
  EXPECT_FALSE(nested_hits(context_of(1, 2)));
  EXPECT_FALSE(nested_hits(context_of(1, 1, 0x2000)));
}

TEST_F(L2TlbTest, DimensionsNeverAnswerForEachOther) {
  tlb_.insert_nested(GuestPhysical(0x7000), nested_to(0x9000), tags_);
  EXPECT_FALSE(hits(GuestVirtual(0x7000), tags_));
  tlb_.insert(GuestVirtual(0x8000), translation_to(0xa000), tags_);
  EXPECT_FALSE(tlb_.look_up_nested(GuestPhysical(0x8000), tags_).hit);
  tlb_.insert(GuestVirtual(0x7000), translation_to(0xb000), tags_);
  EXPECT_EQ(tlb_.look_up_nested(GuestPhysical(0x7000), tags_).page, HostPhysical(0x9000));
  EXPECT_EQ(tlb_.look_up(GuestVirtual(0x7000), kUserRead, tags_)->address, HostPhysical(0xb000));
}

TEST_F(L2TlbTest, DimensionsEvictEachOther) {
  for (uint64_t i = 0; i < 4; ++i) tlb_.insert(in_first_set(i), translation_to(0x9000), tags_);
  tlb_.insert_nested(nested_in_first_set(0), nested_to(0x9000), tags_);
  EXPECT_FALSE(hits(in_first_set(0), tags_));
  for (uint64_t i = 1; i < 4; ++i) EXPECT_TRUE(hits(in_first_set(i), tags_));

  for (uint64_t i = 4; i < 8; ++i) tlb_.insert(in_first_set(i), translation_to(0x9000), tags_);
  EXPECT_FALSE(tlb_.look_up_nested(nested_in_first_set(0), tags_).hit);
}

TEST_F(L2TlbTest, ANestedHitRenews) {
  tlb_.insert_nested(nested_in_first_set(0), nested_to(0x9000), tags_);
  for (uint64_t i = 0; i < 3; ++i) tlb_.insert(in_first_set(i), translation_to(0x9000), tags_);
  EXPECT_TRUE(tlb_.look_up_nested(nested_in_first_set(0), tags_).hit);
  tlb_.insert(in_first_set(3), translation_to(0x9000), tags_);
  EXPECT_TRUE(tlb_.look_up_nested(nested_in_first_set(0), tags_).hit);
  EXPECT_FALSE(hits(in_first_set(0), tags_));
}

// A gPA has 64 bits and no canonical form; bits that nested tables cannot reach must do no harm.
TEST_F(L2TlbTest, TakesAnyGuestPhysicalAddress) {
  L2TlbConfig config;
  config.entries = 1536;
  L2Tlb tlb(config);
  for (int bit = 12; bit < 64; ++bit) {
    const GuestPhysical address(~uint64_t{0} << bit);
    tlb.insert_nested(address, nested_to(0x9000), tags_);
    EXPECT_TRUE(tlb.look_up_nested(address, tags_).hit) << bit;
  }
}

TEST_F(L2TlbTest, InvalidationTakesTheKeysItIsTold) {
  L2Tlb tlb(with_all_sizes());
  for (const PageSize size : kPageSizesUpward)
    tlb.insert(GuestVirtual(0x4000'0000), translation_to(0xc000'0000, size), tags_);
  tlb.insert_nested(GuestPhysical(0x4000'0000), nested_to(0x9000), tags_);
  EXPECT_EQ(tlb.invalidate_if([](const auto& entry) { return TlbKey::is_nested(entry.key); }), 1U);
  EXPECT_FALSE(tlb.look_up_nested(GuestPhysical(0x4000'0000), tags_).hit);
  const auto dead = [&](const auto& entry) { return TlbKey::tag(entry.key) == tags_.linear; };
  EXPECT_EQ(tlb.invalidate_if(dead), 3U);
  EXPECT_FALSE(tlb.look_up(GuestVirtual(0x4000'0000), kUserRead, tags_).has_value());
}

TEST_F(L2TlbTest, RefusesBrokenGeometries) {
  L2TlbConfig config;
  config.entries = 510;
  EXPECT_THROW(L2Tlb{config}, std::invalid_argument);
}

}  // namespace
}  // namespace nestwalk
