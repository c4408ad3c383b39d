// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/nested_tlb.h"

#include <gtest/gtest.h>

#include "tests/model/tlb/translations.h"

namespace nestwalk {
namespace {

using test::context_of;

NestedHit nested_to(uint64_t host) {
  return {true, HostPhysical(host), AccessSet::both(true, false, true), false};
}

TEST(NestedTlb, HoldsNestedTranslationsAlone) {
  ContextTagTable table;
  const ContextTags tags = table.tags_of(context_of(1, 1));
  NestedTlbConfig config;
  config.entries = 16;
  config.ways = 4;
  NestedTlb tlb(config);
  for (uint64_t i = 0; i < 5; ++i)
    tlb.insert(GuestPhysical(i * 4 * 4096), nested_to(i << 12), tags);
  EXPECT_FALSE(tlb.look_up(GuestPhysical(0), tags).hit) << "the least recently used of 4 ways";
  for (uint64_t i = 1; i < 5; ++i)
    EXPECT_EQ(tlb.look_up(GuestPhysical(i * 4 * 4096 + 8), tags).page, HostPhysical(i << 12));
  EXPECT_FALSE(tlb.look_up(GuestPhysical(4 * 4096), table.tags_of(context_of(1, 2))).hit);
  EXPECT_EQ(tlb.invalidate_if([](const auto& entry) { return TlbKey::is_nested(entry.key); }), 4U);
  EXPECT_FALSE(tlb.look_up(GuestPhysical(4 * 4096), tags).hit);
}

}  // namespace
}  // namespace nestwalk
