// SPDX-License-Identifier: Apache-2.0
#include "model/paging/entry_rules.h"

#include <stdexcept>
#include <string>

#include "model/paging/ept_entry.h"
#include "model/paging/x86_entry.h"

namespace nestwalk {
namespace {

constexpr int kWidths = kMaxPhysicalWidth - kMinPhysicalWidth + 1;

// Gathered rights of x86 entries: the word rotated left by one, NX flipped, P dropped.
constexpr GatheredRights kExecute = 1 << 0;
constexpr GatheredRights kWritable = 1 << 2;
constexpr GatheredRights kUser = 1 << 3;

// Of EPT entries: their low three bits.
constexpr GatheredRights kEptRead = 1 << 0;
constexpr GatheredRights kEptWrite = 1 << 1;
constexpr GatheredRights kEptExecute = 1 << 2;

constexpr bool can_be_leaf(int level) {
  return level <= 3;
}

// Bits below the page of a large leaf, from `lowest` up.
constexpr uint64_t below_page(int level, int lowest) {
  return bit_range(shift(leaf_size(level)) - 1, lowest);
}

// Once the other rules stand. `granting`: the bits of a table's entry that tell rights, as they are
// where all are granted; `telling`: all of those bits.
constexpr void make_plain(EntryRules& rules, uint64_t granting, uint64_t telling) {
  rules.plain_bits = rules.accessed | granting;
  for (int level = 2; level <= kMaxLevels; ++level) {
    const auto i = static_cast<unsigned>(level);
    rules.plain_mask[i] =
        rules.plain_bits | telling | rules.reserved[false][i] | (can_be_leaf(level) ? kLeafBit : 0);
  }
  rules.plain_mask[1] = rules.plain_mask[0] = 0;  // no table: not plain, since some right is told
}

// The same of a page's entry.
constexpr void make_plain_page(EntryRules& rules, uint64_t granting, uint64_t telling) {
  rules.plain_page_bits = granting;
  rules.plain_page_mask = telling | rules.reserved[true][1];
}

constexpr EntryRules make_x86(int maxphyaddr, bool nx_enabled) {
  using Entry = GuestEntry;
  EntryRules rules;
  rules.present = Entry::Present::kMask;
  rules.accessed = Entry::Accessed::kMask;
  rules.dirty = Entry::Dirty::kMask;
  const uint64_t everywhere =
      bit_range(51, maxphyaddr) | (nx_enabled ? 0 : Entry::NoExecute::kMask);
  for (int level = 1; level <= kMaxLevels; ++level) {
    const auto i = static_cast<unsigned>(level);
    rules.reserved[false][i] = everywhere | (can_be_leaf(level) ? 0 : Entry::LargePage::kMask);
    if (can_be_leaf(level)) rules.reserved[true][i] = everywhere;
    if (level == 2 || level == 3) rules.reserved[true][i] |= below_page(level, 13);
  }
  rules.rights_rotate = 1;
  rules.rights_flip = kExecute;
  rules.rights_mask = kExecute | kWritable | kUser;
  const uint64_t granting = Entry::Present::kMask | Entry::Writable::kMask | Entry::User::kMask;
  make_plain(rules, granting, granting | Entry::NoExecute::kMask);
  make_plain_page(rules, granting, granting | Entry::NoExecute::kMask);
  return rules;
}

constexpr bool refused_rights(EptEntry entry) {
  return entry.writable() && !entry.readable();
}

constexpr bool reserved_memory_type(EptEntry entry) {
  const uint64_t type = EptEntry::MemoryType::get(entry.word());
  return type == 2 || type == 3 || type == 7;
}

constexpr EntryRules make_ept(int maxphyaddr, bool accessed_dirty) {
  EntryRules rules;
  rules.present = EptEntry::Rights::kMask;
  rules.accessed = accessed_dirty ? EptEntry::Accessed::kMask : 0;
  rules.dirty = accessed_dirty ? EptEntry::Dirty::kMask : 0;
  for (int level = 1; level <= kMaxLevels; ++level) {
    const auto i = static_cast<unsigned>(level);
    rules.reserved[false][i] =
        bit_range(51, maxphyaddr) | (can_be_leaf(level) ? bit_range(6, 3) : bit_range(7, 3));
    if (can_be_leaf(level)) rules.reserved[true][i] = bit_range(51, maxphyaddr);
    if (level == 2 || level == 3) rules.reserved[true][i] |= below_page(level, 12);
  }
  for (uint64_t low = 0; low < 64; ++low) {
    const EptEntry entry(low);
    if (refused_rights(entry)) rules.refused[false] |= uint64_t{1} << low;
    if (refused_rights(entry) || reserved_memory_type(entry))
      rules.refused[true] |= uint64_t{1} << low;
  }
  rules.rights_mask = kEptRead | kEptWrite | kEptExecute;
  constexpr uint64_t kGranting = EptEntry::Rights::kMask;
  make_plain(rules, kGranting, kGranting);
  constexpr auto kWriteBack = static_cast<uint64_t>(EptMemoryType::kWriteBack);
  make_plain_page(rules, EptEntry::MemoryType::set(kGranting, kWriteBack),
                  kGranting | EptEntry::MemoryType::kMask);
  return rules;
}

using RulesByWidth = std::array<std::array<EntryRules, 2>, kWidths>;

template <class Make>
constexpr RulesByWidth for_all_widths(Make make) {
  RulesByWidth all;
  for (int width = kMinPhysicalWidth; width <= kMaxPhysicalWidth; ++width)
    for (const bool on : {false, true})
      all[static_cast<unsigned>(width - kMinPhysicalWidth)][on] = make(width, on);
  return all;
}

constexpr RulesByWidth kX86Rules = for_all_widths(make_x86);
constexpr RulesByWidth kEptRules = for_all_widths(make_ept);

unsigned index_of_width(int maxphyaddr) {
  if (maxphyaddr < kMinPhysicalWidth || maxphyaddr > kMaxPhysicalWidth)
    throw std::invalid_argument("MAXPHYADDR is " + std::to_string(maxphyaddr) +
                                ", must be 36 to 52");
  return static_cast<unsigned>(maxphyaddr - kMinPhysicalWidth);
}

constexpr AccessSet with(AccessSet set, AccessKind kind, bool user, bool allowed) {
  const int index = Access{kind, user}.index();
  return AccessSet(static_cast<uint8_t>(set.bits() | (allowed ? 1 << index : 0)));
}

constexpr AccessSet guest_accesses(GatheredRights rights, bool write_protect, bool smep,
                                   bool smap) {
  const bool user = (rights & kUser) != 0;
  const bool writable = (rights & kWritable) != 0;
  const bool executable = (rights & kExecute) != 0;
  const bool supervisor_data = !user || !smap;
  AccessSet set;
  set = with(set, AccessKind::kRead, false, supervisor_data);
  set = with(set, AccessKind::kWrite, false, supervisor_data && (writable || !write_protect));
  set = with(set, AccessKind::kExecute, false, executable && (!user || !smep));
  set = with(set, AccessKind::kRead, true, user);
  set = with(set, AccessKind::kWrite, true, user && writable);
  set = with(set, AccessKind::kExecute, true, user && executable);
  return set;
}

// By write_protect + 2 smep + 4 smap.
constexpr std::array<RightsTable, 8> make_guest_tables() {
  std::array<RightsTable, 8> tables;
  for (unsigned mode = 0; mode < 8; ++mode)
    for (unsigned rights = 0; rights < 16; ++rights)
      tables[mode][rights] = guest_accesses(static_cast<GatheredRights>(rights), (mode & 1) != 0,
                                            (mode & 2) != 0, (mode & 4) != 0);
  return tables;
}

constexpr RightsTable make_npt_table() {
  RightsTable table;
  for (unsigned rights = 0; rights < 16; ++rights) {
    const bool user = (rights & kUser) != 0;
    table[rights] =
        AccessSet::both(user, user && (rights & kWritable) != 0, user && (rights & kExecute) != 0);
  }
  return table;
}

constexpr RightsTable make_ept_table() {
  RightsTable table;
  for (unsigned rights = 0; rights < 16; ++rights)
    table[rights] = AccessSet::both((rights & kEptRead) != 0, (rights & kEptWrite) != 0,
                                    (rights & kEptExecute) != 0);
  return table;
}

constexpr std::array<RightsTable, 8> kGuestTables = make_guest_tables();
constexpr RightsTable kNptTable = make_npt_table();
constexpr RightsTable kEptTable = make_ept_table();

}  // namespace

const EntryRules& EntryRules::x86(int maxphyaddr, bool nx_enabled) {
  return kX86Rules[index_of_width(maxphyaddr)][nx_enabled];
}

const EntryRules& EntryRules::ept(int maxphyaddr, bool accessed_dirty) {
  return kEptRules[index_of_width(maxphyaddr)][accessed_dirty];
}

const EntryRules& EntryRules::of(const GuestPaging& paging) {
  return x86(paging.maxphyaddr, paging.nx_enabled);
}

const EntryRules& EntryRules::of(const NestedPaging& paging) {
  return paging.format == NestedFormat::kNpt ? x86(paging.maxphyaddr, paging.nx_enabled)
                                             : ept(paging.maxphyaddr, paging.accessed_dirty);
}

const RightsTable& allowed_accesses(const GuestPaging& paging) {
  return kGuestTables[unsigned{paging.write_protect} | unsigned{paging.smep} << 1 |
                      unsigned{paging.smap} << 2];
}

const RightsTable& allowed_accesses(const NestedPaging& paging) {
  return paging.format == NestedFormat::kNpt ? kNptTable : kEptTable;
}

}  // namespace nestwalk
