// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/recent_pages.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/model/tlb/translations.h"

namespace nestwalk {
namespace {

using test::context_of;
using test::translation_to;

L1TlbConfig config_of(uint32_t sets, uint32_t ways) {
  L1TlbConfig config;
  config.pages_4k = {sets * ways, ways};
  return config;
}

Reference reference_to(uint64_t address, ReferenceKind kind = ReferenceKind::kLoad,
                       uint8_t size = 8) {
  Reference reference;
  reference.address = address;
  reference.kind = kind;
  reference.size = size;
  return reference;
}

class RecentPagesTest : public ::testing::Test {
 protected:
  void insert(uint64_t page, bool dirty = true) {
    Translation translation = translation_to(0x9000);
    translation.dirty = dirty;
    tlb_.insert(GuestVirtual(page), translation, tags_);
  }
  RecentPages read() {
    RecentPages recent;
    recent.read(tlb_.view(tags_));
    return recent;
  }

  ContextTagTable table_;
  ContextTags tags_ = table_.tags_of(context_of(1, 1));
  L1Tlb tlb_{config_of(16, 4)};
};

TEST_F(RecentPagesTest, ServesThePageToItsLastByte) {
  insert(0x7000);
  const RecentPages recent = read();
  EXPECT_TRUE(recent.serve(reference_to(0x7000)));
  EXPECT_TRUE(recent.serve(reference_to(0x7ff8)));
  EXPECT_FALSE(recent.serve(reference_to(0x7ff9))) << "crosses into the next page";
  EXPECT_FALSE(recent.serve(reference_to(0x6fff, ReferenceKind::kLoad, 1)));
  EXPECT_FALSE(recent.serve(reference_to(0x8000)));
}

TEST_F(RecentPagesTest, AStoreNeedsD) {
  insert(0x7000, false);
  EXPECT_TRUE(read().serve(reference_to(0x7000)));
  EXPECT_FALSE(read().serve(reference_to(0x7000, ReferenceKind::kStore)));
  insert(0x7000, true);
  EXPECT_TRUE(read().serve(reference_to(0x7000, ReferenceKind::kStore)));
}

TEST_F(RecentPagesTest, NothingElseIsServed) {
  insert(0x7000);
  EXPECT_FALSE(read().serve(reference_to(0x7000, ReferenceKind::kFetch)));
  EXPECT_FALSE(read().serve(reference_to(0x7000, ReferenceKind::kControl)));
}

/// A control operation's size is its number: that of a CR3 write is 0.
TEST_F(RecentPagesTest, NoControlOperationIsServedWhateverItsOperand) {
  const RecentPages recent = read();
  for (uint64_t operand = 0; operand < 0x40000; operand += 0x800)
    for (const uint8_t size : {0, 1, 255})
      EXPECT_FALSE(recent.serve(reference_to(operand, ReferenceKind::kControl, size))) << operand;
}

TEST_F(RecentPagesTest, OfTooFewSetsOrTooManyItKnowsNothing) {
  for (const uint32_t sets : {1U, 2U, 3U, 64U, 65U}) {
    L1Tlb tlb(config_of(sets, 4));
    RecentPages recent;
    recent.read(tlb.view(tags_));
    EXPECT_EQ(recent.knows(), sets == 3 || sets == 64) << sets;
  }
}

/// Addresses in few pages of both halves, at and around their edges, and ones that are not
/// canonical but share all bits that keys hold.
uint64_t near_address() {
  const uint64_t page = *rc::gen::inRange<uint64_t>(0, 40) << 12;
  const uint64_t half = *rc::gen::element<uint64_t>(0, 0xff00'0000'0000'0000, 0xff80'0000'0000'0000,
                                                    0x8000'0000'0000'0000, 0x0100'0000'0000'0000);
  const uint64_t offset = *rc::gen::element<uint64_t>(0, 1, 0x7f8, 0xff8, 0xff9, 0xfff);
  return half | page | offset;
}

/// Whatever was inserted and hit, in whichever contexts: it serves what the view finds in the most
/// recently used way.
RC_GTEST_PROP(RecentPages, ServeWhatAViewFindsFirst, ()) {
  ContextTagTable table;
  const std::array<ContextTags, 2> tags{table.tags_of(context_of(1, 1)),
                                        table.tags_of(context_of(1, 2))};
  const auto sets = *rc::gen::element(3U, 4U, 16U, 24U, 64U);
  L1Tlb tlb(config_of(sets, *rc::gen::inRange(1U, 6U)));
  L1Tlb::View view = tlb.view(tags[0]);
  RecentPages recent;
  recent.read(view);
  for (int step = 0; step < 60; ++step) {
    const GuestVirtual address(near_address());
    const bool store = *rc::gen::arbitrary<bool>();
    switch (*rc::gen::inRange(0, 4)) {
      case 0: {
        if (!is_canonical(address, 5)) break;
        Translation translation = translation_to(0x5000);
        translation.dirty = *rc::gen::arbitrary<bool>();
        tlb.insert(address, translation, *rc::gen::elementOf(tags));
        recent.read(view, address);
        break;
      }
      case 1:
        if (const TlbEntry* const entry = view.look(address, store).entry)
          recent.note(address, *entry);
        break;
      case 2:
        if (*rc::gen::inRange(0, 8) != 0) break;
        view = tlb.view(*rc::gen::elementOf(tags));
        recent.read(view);
        break;
      default:
        break;
    }
    const auto kind = *rc::gen::element(ReferenceKind::kLoad, ReferenceKind::kStore,
                                        ReferenceKind::kFetch, ReferenceKind::kControl);
    const Reference reference =
        reference_to(near_address(), kind, *rc::gen::element<uint8_t>(0, 1, 2, 8, 64, 255));
    const bool expected =
        is_data(reference) && !crosses_a_page(reference) &&
        view.find_recent(GuestVirtual(reference.address), kind == ReferenceKind::kStore) != nullptr;
    RC_ASSERT(recent.serve(reference) == expected);
  }
}

}  // namespace
}  // namespace nestwalk
