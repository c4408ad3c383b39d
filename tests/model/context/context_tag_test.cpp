// SPDX-License-Identifier: Apache-2.0
#include "model/context/context_tag.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/model/tlb/translations.h"

namespace nestwalk {
namespace {

using test::context_of;

std::set<ContextTag> set_of(const ContextTags& tags) {
  return {tags.linear, tags.global, tags.nested};
}

TEST(ContextTagTable, NamesThreeKindsOfEntriesApart) {
  ContextTagTable table;
  const ContextTags tags = table.tags_of(context_of(1, 1));
  EXPECT_EQ(set_of(tags).size(), 3U);
  EXPECT_EQ(set_of(tags).count(ContextTag::kNone), 0U);
}

TEST(ContextTagTable, GivesAContextItsTagsAgain) {
  ContextTagTable table;
  const ContextTags before = table.tags_of(context_of(1, 1));
  table.tags_of(context_of(2, 1));
  table.tags_of(context_of(1, 2));
  const ContextTags after = table.tags_of(context_of(1, 1));
  EXPECT_EQ(after.linear, before.linear);
  EXPECT_EQ(after.global, before.global);
  EXPECT_EQ(after.nested, before.nested);
}

TEST(ContextTagTable, LetsProcessesOfAVmShareGlobalAndNestedEntriesOnly) {
  ContextTagTable table;
  const ContextTags a = table.tags_of(context_of(1, 7));
  const ContextTags b = table.tags_of(context_of(2, 7));
  EXPECT_NE(a.linear, b.linear);
  EXPECT_EQ(a.global, b.global);
  EXPECT_EQ(a.nested, b.nested);
}

TEST(ContextTagTable, SharesNothingBetweenVmsOrNestedRoots) {
  ContextTagTable table;
  std::set<ContextTag> tags;
  for (const TranslationContext& context :
       {context_of(1, 1, 0x1000), context_of(1, 2, 0x1000), context_of(1, 1, 0x2000)})
    tags.merge(set_of(table.tags_of(context)));
  EXPECT_EQ(tags.size(), 9U);
}

// The mode may change at run time with VPID and PCID as they are.
TEST(ContextTagTable, TellsANativeContextFromANestedRootAtZero) {
  ContextTagTable table;
  const TranslationContext nested = context_of(0, 0, 0);
  TranslationContext native = nested;
  native.virtualized = false;
  std::set<ContextTag> tags = set_of(table.tags_of(nested));
  tags.merge(set_of(table.tags_of(native)));
  EXPECT_EQ(tags.size(), 6U);
}

TEST(ContextTagTable, IgnoresTheNestedRootOfANativeContext) {
  ContextTagTable table;
  TranslationContext context = context_of(3, 0, 0x1000);
  context.virtualized = false;
  const ContextTags before = table.tags_of(context);
  context.nested.root = HostPhysical(0x2000);
  EXPECT_EQ(table.tags_of(context).linear, before.linear);
}

TEST(ContextTagTable, HidesGlobalEntriesWhileTheGuestSegmentIsOn) {
  ContextTagTable table;
  TranslationContext context = context_of(1, 1);
  EXPECT_TRUE(table.tags_of(context).match_global);
  context.guest_segment = GuestSegment(GuestVirtual(0x1000), GuestVirtual(0x3000), 0);
  EXPECT_FALSE(table.tags_of(context).match_global);
  context.guest_segment = GuestSegment(GuestVirtual(0x1000), GuestVirtual(0x1000), 0);
  EXPECT_TRUE(table.tags_of(context).match_global);
  context.vmm_segment = VmmSegment(GuestPhysical(0), GuestPhysical(0x3000), 0);
  EXPECT_TRUE(table.tags_of(context).match_global) << "the VMM segment is the same for the VM";
}

TEST(ContextTagTable, SaysWhatATagStandsFor) {
  ContextTagTable table;
  table.tags_of(context_of(9, 9));
  const ContextTags tags = table.tags_of(context_of(5, 6, 0x7000));
  const ContextTagTable::Key& linear = table.key(tags.linear);
  EXPECT_EQ(linear.kind, ContextTagTable::Kind::kLinear);
  EXPECT_EQ(linear.pcid, Pcid{5});
  EXPECT_EQ(linear.vpid, Vpid{6});
  EXPECT_EQ(linear.nested_root, HostPhysical(0x7000));
  EXPECT_EQ(table.key(tags.global).kind, ContextTagTable::Kind::kGlobal);
  EXPECT_EQ(table.key(tags.nested).kind, ContextTagTable::Kind::kNested);
  EXPECT_EQ(table.key(tags.nested).vpid, Vpid{6});
}

TEST(ContextTagTable, NeverGivesATagTwiceBeforeItIsFull) {
  ContextTagTable table;
  std::set<ContextTag> seen;
  uint16_t vpid = 0;
  while (!table.is_full()) {
    ++vpid;
    for (const ContextTag tag : set_of(table.tags_of(context_of(1, vpid)))) {
      ASSERT_NE(tag, ContextTag::kNone);
      ASSERT_TRUE(seen.insert(tag).second) << "vpid " << vpid;
    }
  }
  EXPECT_GE(seen.size(), 65530U);
  EXPECT_EQ(table.key(table.tags_of(context_of(1, vpid)).linear).vpid, Vpid{vpid});
  table.clear();
  EXPECT_FALSE(table.is_full());
}

}  // namespace
}  // namespace nestwalk
