// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "model/paging/access.h"
#include "model/paging/paging_mode.h"

namespace nestwalk {

inline constexpr int kMaxLevels = 5;
inline constexpr int kMinPhysicalWidth = 36;
inline constexpr int kMaxPhysicalWidth = 52;

/// Address bits 51:12 of an entry of any format.
inline constexpr uint64_t kFrameMask = 0x000f'ffff'ffff'f000;
/// Bit that makes an entry of level 2 or 3 a leaf, in any format.
inline constexpr uint64_t kLeafBit = uint64_t{1} << 7;

/// Rights gathered on the way down a table: the AND of `EntryRules::rights` of its entries. Four
/// bits; which bit says what is the format's business, `allowed` of the dimension knows it.
using GatheredRights = uint8_t;
inline constexpr GatheredRights kAllRights = 0xf;

/// What an entry of one table format means, as masks: judging one is a mask and a compare. Two
/// formats exist, x86 and EPT; the rules differ by MAXPHYADDR and by what NXE or EPTP turn on.
struct EntryRules {
  uint64_t present = 0;   ///< Any of these bits set: the entry is present.
  uint64_t accessed = 0;  ///< The A bit; 0 if this format does not keep it.
  uint64_t dirty = 0;     ///< The D bit of a leaf; 0 if this format does not keep it.
  /// Bits that must be 0, for an entry that points to a table and for a leaf, by level.
  std::array<std::array<uint64_t, kMaxLevels + 1>, 2> reserved{};
  /// Bit n: the value n of an entry's low six bits is refused (EPT: W without R, memory types).
  std::array<uint64_t, 2> refused{};
  uint64_t rights_mask = 0;  ///< Applied to the entry, rotated left and flipped.
  int rights_rotate = 0;
  uint64_t rights_flip = 0;
  /// By level, what most entries that point to a table are: they grant all rights, A is set, and no
  /// rule is broken. One mask and compare tells it.
  std::array<uint64_t, kMaxLevels + 1> plain_mask{};
  uint64_t plain_bits = 0;
  /// The same of most entries of level 1, whatever A and D are; in EPT their memory type is WB.
  uint64_t plain_page_mask = 0;
  uint64_t plain_page_bits = 0;

  /// Rules of x86-64 tables (guest, native, AMD nested). Throws std::invalid_argument if
  /// `maxphyaddr` is not 36 to 52.
  static const EntryRules& x86(int maxphyaddr, bool nx_enabled);
  /// Rules of Intel EPT. Throws as `x86`.
  static const EntryRules& ept(int maxphyaddr, bool accessed_dirty);
  /// Rules of a dimension.
  static const EntryRules& of(const GuestPaging& paging);
  static const EntryRules& of(const NestedPaging& paging);

  bool is_present(uint64_t entry) const { return (entry & present) != 0; }
  static bool is_leaf(uint64_t entry, int level) {
    return level == 1 || (level <= 3 && (entry & kLeafBit) != 0);
  }
  /// Whether a present entry breaks a rule: a reserved bit is set, or (EPT) it is misconfigured.
  bool is_malformed(uint64_t entry, int level, bool leaf) const {
    return ((entry & reserved[leaf][static_cast<unsigned>(level)]) |
            (refused[leaf] >> (entry & 63) & 1)) != 0;
  }
  /// Whether an entry points to a table and is one of those most.
  bool is_plain_table(uint64_t entry, int level) const {
    return (entry & plain_mask[static_cast<unsigned>(level)]) == plain_bits;
  }
  /// The same of a page's entry, of level 1; A and D are left to be looked at.
  bool is_plain_page(uint64_t entry) const { return (entry & plain_page_mask) == plain_page_bits; }
  GatheredRights rights(uint64_t entry) const {
    const uint64_t rotated = entry << rights_rotate | entry >> ((64 - rights_rotate) & 63);
    return static_cast<GatheredRights>((rotated ^ rights_flip) & rights_mask);
  }
};

/// What each value of gathered rights allows, in one dimension.
using RightsTable = std::array<AccessSet, 16>;

/// Guest (natively: the only) dimension, under its CR0.WP, CR4.SMEP and CR4.SMAP (Intel SDM vol. 3,
/// 4.6.1).
const RightsTable& allowed_accesses(const GuestPaging& paging);
/// Nested dimension. NPT: every access counts as a user's; no CR0.WP, SMEP or SMAP plays a part
/// (AMD APM vol. 2, 15.25.5). EPT: R, W, X (Intel SDM vol. 3, 29.3.3).
const RightsTable& allowed_accesses(const NestedPaging& paging);

/// Byte offset in a table of `level` of the entry for an address.
constexpr uint64_t entry_offset(uint64_t address, int level) {
  return (address >> (9 * level)) & 0xff8;
}

/// Whether `levels` levels of tables translate the address at all: nested tables have no canonical
/// rule, they end at 2^48 or 2^57.
constexpr bool within_reach(GuestPhysical address, int levels) {
  return (address.value() >> (12 + 9 * levels)) == 0;
}

}  // namespace nestwalk
