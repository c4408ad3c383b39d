// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l1_tlb.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/model/tlb/translations.h"

namespace nestwalk {
namespace {

using test::context_of;
using test::kUserRead;
using test::kUserWrite;
using test::translation_to;

class L1TlbTest : public ::testing::Test {
 protected:
  bool hits(GuestVirtual address, const ContextTags& tags, Access access = kUserRead) {
    return static_cast<bool>(tlb_.locate(address, access, tags));
  }

  ContextTagTable table_;
  ContextTags tags_ = table_.tags_of(context_of(1, 1));
  L1Tlb tlb_{L1TlbConfig{}};
};

TEST_F(L1TlbTest, HasThePapersArrays) {
  EXPECT_EQ(tlb_.array(PageSize::k4K)->sets(), 16U);
  EXPECT_EQ(tlb_.array(PageSize::k4K)->ways(), 4U);
  EXPECT_EQ(tlb_.array(PageSize::k2M)->sets(), 8U);
  EXPECT_EQ(tlb_.array(PageSize::k2M)->ways(), 4U);
  EXPECT_EQ(tlb_.array(PageSize::k1G)->sets(), 1U);
  EXPECT_EQ(tlb_.array(PageSize::k1G)->ways(), 4U);
}

TEST_F(L1TlbTest, TranslatesTheWholePageAndNoMore) {
  const GuestVirtual page(0x5580'c000'0000);
  for (const PageSize size : kPageSizesUpward) {
    L1Tlb tlb{L1TlbConfig{}};
    tlb.insert(page + 0x123, translation_to(0x80'0000'0123, size), tags_);
    for (const uint64_t offset : {uint64_t{0}, uint64_t{0x123}, mask(size)}) {
      const L1Tlb::Hit hit = tlb.locate(page + offset, kUserRead, tags_);
      ASSERT_TRUE(hit);
      EXPECT_EQ(hit.size, size);
      EXPECT_EQ(hit.translate(page + offset), HostPhysical(0x80'0000'0000 + offset));
    }
    EXPECT_FALSE(tlb.locate(page + bytes(size), kUserRead, tags_));
    EXPECT_FALSE(tlb.locate(page - uint64_t{1}, kUserRead, tags_));
  }
}

TEST_F(L1TlbTest, IsEmptyAtFirst) {
  EXPECT_FALSE(hits(GuestVirtual(0), tags_));
  EXPECT_FALSE(hits(GuestVirtual(0x1000), tags_));
}

TEST_F(L1TlbTest, MissingRightsAreNoHit) {
  const GuestVirtual page(0x7000);
  for (int set = 0; set < 64; ++set) {
    Translation translation = translation_to(0x9000);
    translation.allowed = AccessSet(static_cast<uint8_t>(set));
    tlb_.insert(page, translation, tags_);
    for (int index = 0; index < 6; ++index) {
      const Access access{static_cast<AccessKind>(index % 3), index >= 3};
      EXPECT_EQ(hits(page, tags_, access), (set >> index & 1) != 0) << set << " " << index;
    }
  }
}

TEST_F(L1TlbTest, ANewWalkReplacesThePage) {
  Translation translation = translation_to(0x9000);
  translation.allowed = AccessSet::both(true, false, true);
  tlb_.insert(GuestVirtual(0x7000), translation, tags_);
  EXPECT_FALSE(hits(GuestVirtual(0x7000), tags_, kUserWrite));
  tlb_.insert(GuestVirtual(0x7000), translation_to(0xa000), tags_);
  const L1Tlb::Hit hit = tlb_.locate(GuestVirtual(0x7000), kUserWrite, tags_);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit.translate(GuestVirtual(0x7008)), HostPhysical(0xa008));
  EXPECT_EQ(tlb_.invalidate_if([](const auto&) { return true; }), 1U);
}

// Pages 16 apart share a set of the 4K array.
TEST_F(L1TlbTest, TouchRenewsAndLocateDoesNot) {
  const auto page = [](uint64_t i) { return GuestVirtual(i * 16 * 4096); };
  for (uint64_t i = 0; i < 4; ++i) tlb_.insert(page(i), translation_to(0x9000), tags_);
  ASSERT_TRUE(hits(page(1), tags_));
  L1Tlb::touch(tlb_.locate(page(0), kUserRead, tags_));
  tlb_.insert(page(4), translation_to(0x9000), tags_);
  EXPECT_FALSE(hits(page(1), tags_)) << "the least recently used";
  EXPECT_TRUE(hits(page(0), tags_));
  EXPECT_TRUE(hits(page(2), tags_));
}

TEST_F(L1TlbTest, SizesDoNotCompete) {
  tlb_.insert(GuestVirtual(0x4000'0000), translation_to(0xc000'0000, PageSize::k1G), tags_);
  tlb_.insert(GuestVirtual(0x8000'0000), translation_to(0xe000'0000, PageSize::k2M), tags_);
  for (uint64_t i = 0; i < 64; ++i)
    tlb_.insert(GuestVirtual(i << 12), translation_to(0x9000), tags_);
  EXPECT_TRUE(hits(GuestVirtual(0x4000'0000), tags_));
  EXPECT_TRUE(hits(GuestVirtual(0x8000'0000), tags_));
  for (uint64_t i = 0; i < 64; ++i) EXPECT_TRUE(hits(GuestVirtual(i << 12), tags_));
}

TEST_F(L1TlbTest, EntriesBelongToPcidVpidAndNestedRoot) {
  tlb_.insert(GuestVirtual(0x7000), translation_to(0x9000), tags_);
  EXPECT_TRUE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(2, 1))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 2))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1, 0x2000))));
}

TEST_F(L1TlbTest, GlobalEntriesBelongToTheVm) {
  Translation translation = translation_to(0x9000);
  translation.global = true;
  tlb_.insert(GuestVirtual(0x7000), translation, tags_);
  EXPECT_TRUE(hits(GuestVirtual(0x7000), tags_));
  EXPECT_TRUE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(2, 1))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 2))));
  EXPECT_FALSE(hits(GuestVirtual(0x7000), table_.tags_of(context_of(1, 1, 0x2000))));
}

TEST_F(L1TlbTest, AGuestSegmentHidesGlobalEntries) {
  Translation translation = translation_to(0x9000);
  translation.global = true;
  tlb_.insert(GuestVirtual(0x7000), translation, tags_);
  TranslationContext segmented = context_of(2, 1);
  segmented.guest_segment = GuestSegment(GuestVirtual(0), GuestVirtual(0x10000), 0);
  const ContextTags hidden = table_.tags_of(segmented);
  EXPECT_FALSE(hits(GuestVirtual(0x7000), hidden));

  // What it pages itself is its own, G or not.
  tlb_.insert(GuestVirtual(0x2'0000), translation, hidden);
  EXPECT_TRUE(hits(GuestVirtual(0x2'0000), hidden));
  EXPECT_FALSE(hits(GuestVirtual(0x2'0000), tags_));
}

TEST_F(L1TlbTest, KeepsThePieceUsedOfASizeThatNoArrayHolds) {
  const GuestVirtual address(0x5580'c765'4321);
  const Translation huge = translation_to(0x80'0765'4321, PageSize::k1G);
  struct Case {
    bool holds_4k, holds_2m, holds_1g;
    PageSize kept;
  };
  for (const Case& c :
       {Case{true, true, true, PageSize::k1G}, Case{true, true, false, PageSize::k2M},
        Case{true, false, false, PageSize::k4K}, Case{false, true, false, PageSize::k2M}}) {
    L1TlbConfig config;
    if (!c.holds_4k) config.pages_4k.entries = 0;
    if (!c.holds_2m) config.pages_2m.entries = 0;
    if (!c.holds_1g) config.pages_1g.entries = 0;
    L1Tlb tlb(config);
    tlb.insert(address, huge, tags_);
    const L1Tlb::Hit hit = tlb.locate(address, kUserRead, tags_);
    ASSERT_TRUE(hit);
    EXPECT_EQ(hit.size, c.kept);
    EXPECT_EQ(hit.translate(address), huge.address);
    const GuestVirtual start = address.align_down(c.kept);
    EXPECT_TRUE(tlb.locate(start + mask(c.kept), kUserRead, tags_));
    EXPECT_FALSE(tlb.locate(start + bytes(c.kept), kUserRead, tags_));
    EXPECT_FALSE(tlb.locate(start - uint64_t{1}, kUserRead, tags_));
  }
}

TEST_F(L1TlbTest, KeepsNothingThatIsSmallerThanItsArrays) {
  L1TlbConfig config;
  config.pages_4k.entries = 0;
  L1Tlb tlb(config);
  tlb.insert(GuestVirtual(0x7000), translation_to(0x9000), tags_);
  EXPECT_FALSE(tlb.locate(GuestVirtual(0x7000), kUserRead, tags_));
  EXPECT_EQ(tlb.invalidate_if([](const auto&) { return true; }), 0U);
}

TEST_F(L1TlbTest, DirtyIsTheEntrys) {
  tlb_.insert(GuestVirtual(0x7000), translation_to(0x9000), tags_);
  EXPECT_FALSE(tlb_.locate(GuestVirtual(0x7000), kUserWrite, tags_).entry().dirty());
  tlb_.locate(GuestVirtual(0x7000), kUserWrite, tags_).entry().set_dirty();
  EXPECT_TRUE(tlb_.locate(GuestVirtual(0x7000), kUserWrite, tags_).entry().dirty());
}

TEST_F(L1TlbTest, InvalidationTakesTheKeysItIsToldInEveryArray) {
  const ContextTags other = table_.tags_of(context_of(2, 1));
  for (const PageSize size : kPageSizesUpward) {
    tlb_.insert(GuestVirtual(0x4000'0000), translation_to(0xc000'0000, size), tags_);
    tlb_.insert(GuestVirtual(0x8000'0000), translation_to(0xc000'0000, size), tags_);
    tlb_.insert(GuestVirtual(0x4000'0000), translation_to(0xc000'0000, size), other);
  }
  const auto dead = [&](const auto& entry) {
    return TlbKey::tag(entry.key) == tags_.linear &&
           TlbKey::covers(entry.key, entry, GuestVirtual(0x4000'0000));
  };
  EXPECT_EQ(tlb_.invalidate_if(dead), 3U);
  EXPECT_FALSE(hits(GuestVirtual(0x4000'0000), tags_));
  EXPECT_TRUE(hits(GuestVirtual(0x8000'0000), tags_));
  EXPECT_TRUE(hits(GuestVirtual(0x4000'0000), other));
}

TEST_F(L1TlbTest, RefusesBrokenGeometries) {
  L1TlbConfig config;
  config.pages_4k = {64, 5};
  EXPECT_THROW(L1Tlb{config}, std::invalid_argument);
  config.pages_4k = {48, 3};
  config.replacement = Replacement::kTreePlru;
  EXPECT_THROW(L1Tlb{config}, std::invalid_argument);
}

TEST_F(L1TlbTest, AViewServesWhatNeedsNothingMore) {
  const GuestVirtual page(0x7000);
  const L1Tlb::View view = tlb_.view(tags_);
  EXPECT_EQ(view.look(page, false).entry, nullptr);
  EXPECT_TRUE(view.look(page, false).absent);
  Translation clean = translation_to(0x9000);
  clean.dirty = false;
  tlb_.insert(page, clean, tags_, true);
  ASSERT_NE(view.look(page + 8, false).entry, nullptr);
  EXPECT_EQ(view.look(page + 8, false).entry->page(), HostPhysical(0x9000));
  const L1Tlb::View::Look store = view.look(page, true);
  EXPECT_EQ(store.entry, nullptr);
  EXPECT_FALSE(store.absent);
  EXPECT_TRUE(view.look(GuestVirtual(0x8000), true).absent);
}

TEST_F(L1TlbTest, AViewMakesWhatItServesTheMostRecent) {
  const L1Tlb::View view = tlb_.view(tags_);
  // Five pages of one of the 16 sets of 4 ways: the fifth goes over the least recent.
  const auto page = [](uint64_t i) { return GuestVirtual(i * 16 << 12); };
  for (uint64_t i = 1; i <= 4; ++i) tlb_.insert(page(i), translation_to(0x9000), tags_, true);
  EXPECT_NE(view.look(page(1), false).entry, nullptr);
  tlb_.insert(page(5), translation_to(0x9000), tags_, true);
  EXPECT_NE(view.look(page(1), false).entry, nullptr);
  EXPECT_TRUE(view.look(page(2), false).absent);
}

TEST_F(L1TlbTest, AViewOfNothingSeesNoEntry) {
  EXPECT_EQ(L1Tlb::View().recent(0), nullptr);
  EXPECT_EQ(L1Tlb::View().find_recent(GuestVirtual(0), false), nullptr);
}

TEST_F(L1TlbTest, AViewDoesNotSpeakForWhatItDoesNotSee) {
  L1Tlb large{L1TlbConfig{}};
  const L1Tlb::View view = large.view(tags_);
  large.insert(GuestVirtual(0x20'0000), translation_to(0x40'0000, PageSize::k2M), tags_);
  EXPECT_EQ(view.look(GuestVirtual(0x20'1000), false).entry, nullptr);
  EXPECT_FALSE(view.look(GuestVirtual(0x20'1000), false).absent);

  Translation global = translation_to(0x9000);
  global.global = true;
  L1Tlb shared{L1TlbConfig{}};
  shared.insert(GuestVirtual(0x7000), global, tags_);
  EXPECT_FALSE(shared.view(tags_).look(GuestVirtual(0x7000), false).absent);

  L1TlbConfig config;
  config.replacement = Replacement::kRandom;  // there is no view of such entries
  L1Tlb random{config};
  random.insert(GuestVirtual(0x7000), translation_to(0x9000), tags_);
  EXPECT_FALSE(random.view(tags_).look(GuestVirtual(0x7000), false).absent);
}

/// Where the test's contexts map an address: each page somewhere else in each context.
HostPhysical mapped(GuestVirtual address, uint64_t context, PageSize size) {
  return HostPhysical((address.page(size) * 7 + context * 1000 + 1) << shift(size)) +
         address.offset(size);
}

// Whatever came before, a hit is what this context's tables say; and what was just used hits.
RC_GTEST_PROP(L1TlbProperty, AHitIsTheContextsOwnTranslation, ()) {
  ContextTagTable table;
  const TranslationContext contexts[] = {context_of(1, 1), context_of(2, 1), context_of(1, 2),
                                         context_of(1, 1, 0x2000)};
  L1TlbConfig config;
  config.pages_4k = {12, 4};
  config.pages_2m = {*rc::gen::element(0U, 6U), 2};
  config.pages_1g = {*rc::gen::element(0U, 1U), 1};
  config.replacement =
      *rc::gen::element(Replacement::kLru, Replacement::kTreePlru, Replacement::kRandom);
  L1Tlb tlb(config, *rc::gen::arbitrary<uint64_t>());
  for (int step = 0; step < 100; ++step) {
    const auto who = *rc::gen::inRange<uint64_t>(0, 4);
    const ContextTags tags = table.tags_of(contexts[who]);
    // Each gigabyte has pages of one size.
    const auto size = static_cast<PageSize>(*rc::gen::inRange(0, 3));
    const GuestVirtual address(static_cast<uint64_t>(size) << 30 |
                               *rc::gen::inRange<uint64_t>(0, 12) << 20 |
                               *rc::gen::inRange<uint64_t>(0, 12) << 12 | 0x18);
    const HostPhysical expected = mapped(address, who, size);
    if (const L1Tlb::Hit hit = tlb.locate(address, kUserRead, tags)) {
      RC_ASSERT(hit.translate(address) == expected);
      L1Tlb::touch(hit);
    } else {
      tlb.insert(address, translation_to(expected.value(), size), tags);
    }
    RC_ASSERT(static_cast<bool>(tlb.locate(address, kUserRead, tags)));
  }
}

}  // namespace
}  // namespace nestwalk
