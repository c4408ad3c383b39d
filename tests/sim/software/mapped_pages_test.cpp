// SPDX-License-Identifier: Apache-2.0
#include "sim/software/mapped_pages.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace nestwalk {
namespace {

TEST(MappedPages, ReadOnlyPagesAreNotForStores) {
  MappedPages pages;
  const GuestVirtual address(0x7fff'1234'5678);
  EXPECT_FALSE(pages.contains(address, false));
  pages.add(address, PageSize::k4K, false);
  EXPECT_TRUE(pages.contains(address, false));
  EXPECT_FALSE(pages.contains(address, true));
  pages.add(address, PageSize::k4K, true);
  EXPECT_TRUE(pages.contains(address, true));
  EXPECT_FALSE(pages.contains(address + 4096, false));
  EXPECT_FALSE(pages.contains(address - 4096, false));
}

TEST(MappedPages, ALargePageIsAllOfItsSmallOnes) {
  MappedPages pages;
  const GuestVirtual base(0x4000'0000);
  pages.add(base + 0x2f'f123, PageSize::k2M, true);
  EXPECT_FALSE(pages.contains(base + 0x1f'ffff, false));
  EXPECT_TRUE(pages.contains(base + 0x20'0000, true));
  EXPECT_TRUE(pages.contains(base + 0x3f'ffff, true));
  EXPECT_FALSE(pages.contains(base + 0x40'0000, false));
}

TEST(MappedPages, TablesAreKnownByTwoMegabytes) {
  MappedPages pages;
  const GuestVirtual address(0x4020'0000);
  EXPECT_FALSE(pages.contains_tables(address));
  pages.add_tables(address);
  EXPECT_TRUE(pages.contains_tables(address + 0x1f'ffff));
  EXPECT_FALSE(pages.contains_tables(address + 0x20'0000));
  EXPECT_FALSE(pages.contains(address, false));
  pages.clear();
  EXPECT_FALSE(pages.contains_tables(address));
}

// Many chunks share the slots before the map: none may answer for another.
RC_GTEST_PROP(MappedPages, EqualsASetOfPages, ()) {
  MappedPages pages;
  std::set<uint64_t> expected;
  const auto any = [] {
    const uint64_t chunk = *rc::gen::element<uint64_t>(0, 1, 256, 257, 512, 0x3ffff'ffff);
    return GuestVirtual((chunk << 30 | *rc::gen::inRange<uint64_t>(0, 1 << 9) << 21) +
                        *rc::gen::inRange<uint64_t>(0, 4) * 4096);
  };
  for (int i = 0; i < 50; ++i) {
    const GuestVirtual added = any();
    pages.add(added, PageSize::k4K, true);
    expected.insert(added.page());
    const GuestVirtual asked = any();
    RC_ASSERT(pages.contains(asked, true) == (expected.count(asked.page()) != 0));
    RC_ASSERT(pages.contains(added, false));
  }
}

}  // namespace
}  // namespace nestwalk
