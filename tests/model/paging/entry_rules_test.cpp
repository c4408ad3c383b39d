// SPDX-License-Identifier: Apache-2.0
#include "model/paging/entry_rules.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "model/paging/ept_entry.h"

namespace nestwalk {
namespace {

// Whether a bit of a present x86 entry is reserved, as the manuals list them.
bool reserved_in_x86(int bit, int level, bool leaf, int maxphyaddr, bool nx_enabled) {
  if (bit == 63) return !nx_enabled;
  if (bit >= maxphyaddr && bit <= 51) return true;
  if (bit == 7) return level >= 4;
  if (!leaf || level == 1) return false;
  return bit >= 13 && bit < 12 + 9 * (level - 1);
}

TEST(EntryRules, X86ReservedBitsForEveryWidthAndLevel) {
  for (int width = 36; width <= 52; ++width)
    for (const bool nx : {false, true})
      for (int level = 1; level <= 5; ++level)
        for (const bool leaf : {false, true}) {
          if (leaf ? level > 3 : level == 1) continue;
          for (int bit = 0; bit < 64; ++bit)
            EXPECT_EQ(EntryRules::x86(width, nx).is_malformed(uint64_t{1} << bit, level, leaf),
                      reserved_in_x86(bit, level, leaf, width, nx))
                << width << ' ' << nx << ' ' << level << ' ' << leaf << ' ' << bit;
        }
}

TEST(EntryRules, LeavesAreLevelOneAndLargePagesOfTwoAndThree) {
  for (int level = 1; level <= 5; ++level) {
    EXPECT_EQ(EntryRules::is_leaf(0x01, level), level == 1);
    EXPECT_EQ(EntryRules::is_leaf(0x81, level), level <= 3);
  }
}

// Any of the single bits of a plain entry changed, and any two.
TEST(EntryRules, PlainTablesAreThoseWithAllRightsAndMarksAndNothingWrong) {
  for (const EntryRules& rules : {EntryRules::x86(46, true), EntryRules::x86(40, false),
                                  EntryRules::ept(46, true), EntryRules::ept(52, false)})
    for (int level = 1; level <= 5; ++level)
      for (int one = 0; one < 64; ++one)
        for (int two = 0; two <= one; ++two) {
          const uint64_t entry =
              (rules.plain_bits | 0x1234000) ^ (uint64_t{1} << one | uint64_t{1} << two);
          const bool leaf = EntryRules::is_leaf(entry, level);
          const bool plain =
              !leaf && rules.is_present(entry) && !rules.is_malformed(entry, level, leaf) &&
              rules.rights(entry) == rules.rights_mask && (rules.accessed & ~entry) == 0;
          EXPECT_EQ(rules.is_plain_table(entry, level), plain)
              << std::hex << entry << " at level " << level;
        }
}

TEST(EntryRules, PlainPagesAreThoseWithAllRightsAndNothingWrong) {
  for (const EntryRules& rules : {EntryRules::x86(46, true), EntryRules::x86(40, false),
                                  EntryRules::ept(46, true), EntryRules::ept(52, false)}) {
    const bool ept = rules.refused[true] != 0;
    for (int one = 0; one < 64; ++one)
      for (int two = 0; two <= one; ++two) {
        const uint64_t entry =
            (rules.plain_page_bits | 0x1234000) ^ (uint64_t{1} << one | uint64_t{1} << two);
        const bool plain = rules.is_present(entry) && !rules.is_malformed(entry, 1, true) &&
                           rules.rights(entry) == rules.rights_mask &&
                           (!ept || EptEntry(entry).memory_type() == EptMemoryType::kWriteBack);
        EXPECT_EQ(rules.is_plain_page(entry), plain) << std::hex << entry;
      }
  }
}

TEST(EntryRules, EptRefusesWriteWithoutReadAndReservedTypes) {
  const EntryRules& rules = EntryRules::ept(46, true);
  for (uint64_t rights = 1; rights < 8; ++rights)
    for (uint64_t type = 0; type < 8; ++type) {
      const uint64_t entry = rights | type << 3;
      const bool bad_rights = rights == 2 || rights == 6;
      EXPECT_EQ(rules.is_malformed(entry, 1, true),
                bad_rights || type == 2 || type == 3 || type == 7);
      EXPECT_EQ(rules.is_malformed(entry, 2, false), bad_rights || type != 0);
    }
}

TEST(EntryRules, GuestRightsUnderEveryMode) {
  for (unsigned mode = 0; mode < 8; ++mode)
    for (unsigned bits = 0; bits < 8; ++bits) {
      GuestPaging paging;
      paging.write_protect = (mode & 1) != 0;
      paging.smep = (mode & 2) != 0;
      paging.smap = (mode & 4) != 0;
      const bool writable = (bits & 1) != 0, user = (bits & 2) != 0, nx = (bits & 4) != 0;
      const uint64_t entry = 1 | uint64_t{writable} << 1 | uint64_t{user} << 2 | uint64_t{nx} << 63;
      const AccessSet set = allowed_accesses(paging)[EntryRules::of(paging).rights(entry)];
      EXPECT_EQ(set.allows({AccessKind::kRead, true}), user);
      EXPECT_EQ(set.allows({AccessKind::kWrite, true}), user && writable);
      EXPECT_EQ(set.allows({AccessKind::kExecute, true}), user && !nx);
      const bool barred = user && paging.smap;
      EXPECT_EQ(set.allows({AccessKind::kRead, false}), !barred);
      EXPECT_EQ(set.allows({AccessKind::kWrite, false}),
                !barred && (writable || !paging.write_protect));
      EXPECT_EQ(set.allows({AccessKind::kExecute, false}), !nx && !(user && paging.smep));
    }
}

TEST(EntryRules, NestedRights) {
  NestedPaging ept;
  for (uint64_t rights = 0; rights < 8; ++rights)
    EXPECT_EQ(allowed_accesses(ept)[EntryRules::of(ept).rights(rights)],
              AccessSet::both((rights & 1) != 0, (rights & 2) != 0, (rights & 4) != 0));
  NestedPaging npt;
  npt.format = NestedFormat::kNpt;
  const auto allowed = [&](uint64_t entry) {
    return allowed_accesses(npt)[EntryRules::of(npt).rights(entry)];
  };
  constexpr uint64_t kNx = uint64_t{1} << 63;
  EXPECT_EQ(allowed(7), AccessSet::all());
  EXPECT_EQ(allowed(7 | kNx), AccessSet::both(true, true, false));
  EXPECT_EQ(allowed(5), AccessSet::both(true, false, true));
  EXPECT_EQ(allowed(3), AccessSet());  // not a user's: nested accesses always are
}

TEST(EntryRules, AccessedAndDirtyBits) {
  EXPECT_EQ(EntryRules::x86(46, true).accessed, 0x20u);
  EXPECT_EQ(EntryRules::x86(46, true).dirty, 0x40u);
  EXPECT_EQ(EntryRules::ept(46, true).accessed, 0x100u);
  EXPECT_EQ(EntryRules::ept(46, true).dirty, 0x200u);
  EXPECT_EQ(EntryRules::ept(46, false).accessed, 0u);
  EXPECT_EQ(EntryRules::ept(46, false).dirty, 0u);
}

TEST(EntryRules, RefusesWidthsThatDoNotExist) {
  for (const int width : {0, 35, 53, 64, -1}) {
    EXPECT_THROW(EntryRules::x86(width, true), std::invalid_argument);
    EXPECT_THROW(EntryRules::ept(width, true), std::invalid_argument);
  }
}

TEST(EntryRules, NestedReachEndsAtItsLevels) {
  EXPECT_TRUE(within_reach(GuestPhysical((uint64_t{1} << 48) - 1), 4));
  EXPECT_FALSE(within_reach(GuestPhysical(uint64_t{1} << 48), 4));
  EXPECT_TRUE(within_reach(GuestPhysical((uint64_t{1} << 57) - 1), 5));
  EXPECT_FALSE(within_reach(GuestPhysical(uint64_t{1} << 57), 5));
}

}  // namespace
}  // namespace nestwalk
