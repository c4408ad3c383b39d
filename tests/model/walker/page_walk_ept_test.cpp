// SPDX-License-Identifier: Apache-2.0
// EPT violations with their qualifications, misconfigurations, and A/D on or off (Intel SDM vol. 3,
// 28.2.1 table 28-7, 29.3.3).
#include <gtest/gtest.h>

#include "tests/support/test_tables.h"

namespace nestwalk {
namespace {

constexpr uint64_t kGva = 0x0000123456789000;
constexpr uint64_t kGpa = 0x80005000;
constexpr uint64_t kRead = 1, kWrite = 2, kFetch = 4;
constexpr uint64_t kR = 1 << 3, kX = 1 << 5;
constexpr uint64_t kLinear = 1 << 7, kFinal = 1 << 8;
constexpr uint64_t kA = 1 << 8, kD = 1 << 9;  // EPT
constexpr uint64_t kGuestA = 1 << 5, kGuestD = 1 << 6;

constexpr Access kLoad{AccessKind::kRead, true};
constexpr Access kStore{AccessKind::kWrite, true};
constexpr Access kExecute{AccessKind::kExecute, true};

class Ept : public ::testing::Test {
 protected:
  Ept() : tables_(4, 4, NestedFormat::kEpt) {
    tables_.map_guest(kGva, kGpa);
    tables_.map_guest_tables();
    tables_.map_nested(kGpa, 0x9000);
  }

  uint64_t& data_leaf() { return tables_.nested_word_at(kGpa, 1); }
  uint64_t& table_leaf(int level) {
    return tables_.nested_word_at(tables_.guest_entry_gpa(kGva, level), 1);
  }
  static void set_rights(uint64_t& word, uint64_t rights) { word = (word & ~uint64_t{7}) | rights; }

  void expect_violation(Access access, uint64_t code, uint64_t gpa) {
    const Fault fault = tables_.walk(kGva + 0x10, access).fault();
    EXPECT_EQ(fault.kind, FaultKind::kEptViolation);
    EXPECT_EQ(fault.code, code);
    EXPECT_EQ(fault.physical_address, GuestPhysical(gpa));
    EXPECT_EQ(fault.virtual_address, GuestVirtual(kGva + 0x10));
  }
  void expect_misconfiguration() {
    const Fault fault = tables_.walk(kGva).fault();
    EXPECT_EQ(fault.kind, FaultKind::kEptMisconfiguration);
    EXPECT_EQ(fault.code, 0u);
    EXPECT_EQ(fault.physical_address, GuestPhysical(kGpa));
  }

  TestTables tables_;
};

TEST_F(Ept, NotPresentHasNoRights) {
  set_rights(data_leaf(), 0);
  expect_violation(kLoad, kRead | kLinear | kFinal, kGpa + 0x10);
  expect_violation(kStore, kWrite | kLinear | kFinal, kGpa + 0x10);
  expect_violation(kExecute, kFetch | kLinear | kFinal, kGpa + 0x10);
}

TEST_F(Ept, QualificationAndsRightsOverTheEntriesUsed) {
  set_rights(data_leaf(), 5);
  expect_violation(kStore, kWrite | kR | kX | kLinear | kFinal, kGpa + 0x10);
  set_rights(tables_.nested_word_at(kGpa, 2), 3);
  expect_violation(kStore, kWrite | kR | kLinear | kFinal, kGpa + 0x10);
  expect_violation(kExecute, kFetch | kR | kLinear | kFinal, kGpa + 0x10);
}

TEST_F(Ept, ExecuteOnlyIsAllowed) {
  set_rights(data_leaf(), 4);
  EXPECT_FALSE(tables_.walk(kGva, kExecute).fault());
  expect_violation(kLoad, kRead | kX | kLinear | kFinal, kGpa + 0x10);
}

TEST_F(Ept, TableAccessIsAWriteWithAccessedDirty) {
  set_rights(table_leaf(3), 5);
  expect_violation(kLoad, kRead | kWrite | kR | kX | kLinear, tables_.guest_entry_gpa(kGva, 3));
}

TEST_F(Ept, TableAccessIsAReadWithoutAccessedDirty) {
  tables_.context.nested.accessed_dirty = false;
  for (int level = 4; level >= 1; --level) tables_.guest_word(kGva, level) |= kGuestA;
  set_rights(table_leaf(3), 5);
  EXPECT_FALSE(tables_.walk(kGva, kLoad).fault());
  set_rights(table_leaf(3), 4);
  expect_violation(kLoad, kRead | kX | kLinear, tables_.guest_entry_gpa(kGva, 3));
}

TEST_F(Ept, SettingGuestBitsIsANestedWriteWithoutAccessedDirty) {
  tables_.context.nested.accessed_dirty = false;
  for (int level = 4; level >= 1; --level) tables_.guest_word(kGva, level) |= kGuestA;
  set_rights(table_leaf(1), 5);
  EXPECT_FALSE(tables_.walk(kGva, kLoad).fault());
  expect_violation(kStore, kWrite | kR | kX | kLinear, tables_.guest_entry_gpa(kGva, 1));
  tables_.guest_word(kGva, 1) |= kGuestD;
  EXPECT_FALSE(tables_.walk(kGva, kStore).fault());
}

TEST_F(Ept, TableBeyondReachFaultsAtItsEntry) {
  tables_.context.guest.root = GuestPhysical(uint64_t{1} << 48);
  expect_violation(kLoad, kRead | kWrite | kLinear, (uint64_t{1} << 48) + (kGva >> 39 & 511) * 8);
}

TEST_F(Ept, WriteWithoutReadIsMisconfigured) {
  for (const uint64_t rights : {2, 6}) {
    set_rights(data_leaf(), rights);
    expect_misconfiguration();
  }
}

TEST_F(Ept, ReservedMemoryTypesAreMisconfigured) {
  for (uint64_t type = 0; type < 8; ++type) {
    data_leaf() = (data_leaf() & ~uint64_t{0x38}) | type << 3;
    if (type == 2 || type == 3 || type == 7)
      expect_misconfiguration();
    else
      EXPECT_FALSE(tables_.walk(kGva).fault()) << type;
  }
}

TEST_F(Ept, ReservedBitsAreMisconfiguredAtEveryLevel) {
  tables_.context.nested.maxphyaddr = 44;
  const auto is_reserved = [](int level, int bit) {
    if (bit >= 44 && bit <= 51) return true;
    if (level >= 4) return bit >= 3 && bit <= 7;
    return level >= 2 && bit >= 3 && bit <= 6;
  };
  for (int level = 1; level <= 4; ++level)
    for (int bit = 3; bit < 64; ++bit) {
      if (bit >= 12 && bit < 44) continue;                   // the address
      if (level == 1 && bit < 6) continue;                   // the memory type
      if (bit == 7 && (level == 2 || level == 3)) continue;  // makes it a leaf
      TestTables tables = tables_;
      tables.nested_word_at(kGpa, level) |= uint64_t{1} << bit;
      EXPECT_EQ(tables.walk(kGva).fault().kind == FaultKind::kEptMisconfiguration,
                is_reserved(level, bit))
          << level << ' ' << bit;
    }
}

TEST_F(Ept, LargeLeavesReserveTheirLowAddressBits) {
  for (const int level : {2, 3})
    for (int bit = 12; bit < 12 + 9 * (level - 1); ++bit) {
      TestTables tables = tables_;
      uint64_t& word = tables.nested_word_at(kGpa, level);
      word = 0x40000000 | 0x80 | 0x37;
      EXPECT_FALSE(tables.walk(kGva).fault());
      word |= uint64_t{1} << bit;
      EXPECT_EQ(tables.walk(kGva).fault().kind, FaultKind::kEptMisconfiguration)
          << level << ' ' << bit;
    }
}

TEST_F(Ept, SetsAccessedAndDirtyInBothDimensions) {
  // The guest's 4 entries; 4 nested leaves of its tables and the 3 entries above that these share;
  // 3 more for the data, whose top entry is the same.
  EXPECT_EQ(tables_.walk_marking(kGva, kLoad).ad_updates(), 4 + 4 + 3 + 3);
  for (int level = 1; level <= 4; ++level) {
    EXPECT_EQ(tables_.guest_word(kGva, level) & (kGuestA | kGuestD), kGuestA);
    EXPECT_EQ(table_leaf(level) & (kA | kD), kA | kD);
    EXPECT_EQ(tables_.nested_word_at(kGpa, level) & (kA | kD), kA) << level;
  }
  EXPECT_FALSE(tables_.walk(kGva, kLoad).translation().dirty);
  EXPECT_EQ(tables_.walk_marking(kGva, kLoad).ad_updates(), 0);
  const PageWalk store = tables_.walk_marking(kGva, kStore);
  EXPECT_EQ(store.ad_updates(), 2);
  EXPECT_TRUE(store.translation().dirty);
  EXPECT_EQ(data_leaf() & (kA | kD), kA | kD);
  EXPECT_EQ(tables_.guest_word(kGva, 1) & (kGuestA | kGuestD), kGuestA | kGuestD);
  EXPECT_TRUE(tables_.walk(kGva, kLoad).translation().dirty);
}

TEST_F(Ept, WithoutAccessedDirtyOnlyTheGuestIsMarked) {
  tables_.context.nested.accessed_dirty = false;
  EXPECT_EQ(tables_.walk_marking(kGva, kStore).ad_updates(), 4);
  EXPECT_EQ(data_leaf() & (kA | kD), 0u);
  EXPECT_TRUE(tables_.walk(kGva, kLoad).translation().dirty);  // the guest's is the only D kept
}

}  // namespace
}  // namespace nestwalk
