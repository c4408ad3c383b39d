// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/paging/ept_entry.h"
#include "model/paging/x86_entry.h"

namespace nestwalk {
namespace {

TEST(X86Entry, FieldsLieWhereTheManualSays) {
  EXPECT_EQ(GuestEntry().set_present(true).word(), uint64_t{1} << 0);
  EXPECT_EQ(GuestEntry().set_writable(true).word(), uint64_t{1} << 1);
  EXPECT_EQ(GuestEntry().set_user(true).word(), uint64_t{1} << 2);
  EXPECT_EQ(GuestEntry().set_write_through(true).word(), uint64_t{1} << 3);
  EXPECT_EQ(GuestEntry().set_cache_disable(true).word(), uint64_t{1} << 4);
  EXPECT_EQ(GuestEntry().set_accessed(true).word(), uint64_t{1} << 5);
  EXPECT_EQ(GuestEntry().set_dirty(true).word(), uint64_t{1} << 6);
  EXPECT_EQ(GuestEntry().set_large_page(true).word(), uint64_t{1} << 7);
  EXPECT_EQ(GuestEntry().set_global(true).word(), uint64_t{1} << 8);
  EXPECT_EQ(GuestEntry().set_no_execute(true).word(), uint64_t{1} << 63);
  EXPECT_EQ(GuestEntry().set_address(GuestPhysical(~uint64_t{0})).word(), 0x000ffffffffff000u);
}

TEST(X86Entry, SettersKeepTheOtherBits) {
  const GuestEntry all(~uint64_t{0});
  EXPECT_EQ(GuestEntry(all).set_dirty(false).word(), ~(uint64_t{1} << 6));
  EXPECT_EQ(GuestEntry(all).set_address(GuestPhysical(0x5000)).word(), 0xfff0000000005fffu);
  EXPECT_TRUE(all.present() && all.writable() && all.user() && all.accessed() && all.dirty() &&
              all.large_page() && all.global() && all.no_execute() && all.write_through() &&
              all.cache_disable());
}

TEST(X86Entry, LargeLeafDropsItsPatBitFromThePage) {
  const NptEntry entry(0x40201083);
  EXPECT_EQ(entry.page(PageSize::k2M), HostPhysical(0x40200000));
  EXPECT_EQ(entry.page(PageSize::k1G), HostPhysical(0x40000000));
  EXPECT_EQ(NptEntry::LargePat::get(entry.word()), 1u);
}

TEST(EptEntry, FieldsLieWhereTheManualSays) {
  EXPECT_EQ(EptEntry().set_readable(true).word(), uint64_t{1} << 0);
  EXPECT_EQ(EptEntry().set_writable(true).word(), uint64_t{1} << 1);
  EXPECT_EQ(EptEntry().set_executable(true).word(), uint64_t{1} << 2);
  EXPECT_EQ(EptEntry().set_memory_type(EptMemoryType::kWriteBack).word(), uint64_t{6} << 3);
  EXPECT_EQ(EptEntry().set_ignore_pat(true).word(), uint64_t{1} << 6);
  EXPECT_EQ(EptEntry().set_large_page(true).word(), uint64_t{1} << 7);
  EXPECT_EQ(EptEntry().set_accessed(true).word(), uint64_t{1} << 8);
  EXPECT_EQ(EptEntry().set_dirty(true).word(), uint64_t{1} << 9);
  EXPECT_EQ(EptEntry().set_address(HostPhysical(~uint64_t{0})).word(), 0x000ffffffffff000u);
  EXPECT_EQ(EptEntry(0x30).memory_type(), EptMemoryType::kWriteBack);
}

TEST(EptEntry, IsPresentWithAnyRight) {
  EXPECT_FALSE(EptEntry(~uint64_t{7}).present());
  for (uint64_t right : {1, 2, 4}) EXPECT_TRUE(EptEntry(right).present());
}

}  // namespace
}  // namespace nestwalk
