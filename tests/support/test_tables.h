// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "model/context/translation_context.h"
#include "model/paging/ept_entry.h"
#include "model/paging/x86_entry.h"
#include "model/walker/plain_walk.h"

namespace nestwalk {

/// Guest and nested tables built by hand for tests, in a sparse memory. Guest tables lie at gPAs
/// from 1 MiB up; everything the nested tables map linearly is at hPA = gPA + kHostShift; nested
/// tables lie above 1 TiB.
class TestTables {
 public:
  static constexpr uint64_t kHostShift = uint64_t{4} << 30;

  /// How deep both tables are, and in what format the nested ones.
  TestTables(int guest_levels, int nested_levels, NestedFormat format) {
    context.virtualized = true;
    context.guest.levels = guest_levels;
    context.nested.levels = nested_levels;
    context.nested.format = format;
    context.guest.root = GuestPhysical(new_guest_table());
    context.nested.root = HostPhysical(new_nested_table());
  }

  /// Natively: the guest's tables are the only ones, and gPAs are hPAs.
  void make_native() {
    context.virtualized = false;
    for (const auto& [address, word] : std::unordered_map<uint64_t, uint64_t>(memory_))
      memory_[address - kHostShift] = word;
  }

  /// Maps one page of the guest: user, writable, executable, A and D clear.
  void map_guest(uint64_t gva, uint64_t gpa, PageSize size = PageSize::k4K) {
    const int leaf = 1 + static_cast<int>(size);
    uint64_t table = context.guest.root.value();
    for (int level = context.guest.levels; level > leaf; --level) {
      uint64_t& word = memory_[guest_entry_in(table, gva, level)];
      if (word == 0) word = guest_entry(new_guest_table()).word();
      table = GuestEntry(word).address().value();
    }
    memory_[guest_entry_in(table, gva, leaf)] =
        guest_entry(gpa).set_large_page(size != PageSize::k4K).word();
  }

  /// Maps one page of the host: all rights, A and D clear.
  void map_nested(uint64_t gpa, uint64_t hpa, PageSize size = PageSize::k4K) {
    const int leaf = 1 + static_cast<int>(size);
    uint64_t table = context.nested.root.value();
    for (int level = context.nested.levels; level > leaf; --level) {
      uint64_t& word = memory_[entry_in(table, gpa, level)];
      if (word == 0) word = nested_word(new_nested_table(), false, false);
      table = word & 0x000ffffffffff000;
    }
    memory_[entry_in(table, gpa, leaf)] = nested_word(hpa, true, size != PageSize::k4K);
  }

  /// Maps every guest table, wherever it is, in the nested tables.
  void map_guest_tables(PageSize size = PageSize::k4K) {
    const uint64_t step = bytes(size);
    for (uint64_t gpa = kFirstGuestTable / step * step; gpa < next_guest_table_; gpa += step)
      map_nested(gpa, gpa + kHostShift, size);
  }

  /// The entry that maps an address at a level of the guest's tables, to read or to spoil.
  uint64_t& guest_word(uint64_t gva, int level) {
    return memory_[guest_entry_gpa(gva, level) + kHostShift];
  }
  uint64_t guest_entry_gpa(uint64_t gva, int level) {
    uint64_t table = context.guest.root.value();
    for (int l = context.guest.levels; l > level; --l)
      table = memory_[guest_entry_in(table, gva, l)] & 0x000ffffffffff000;
    return guest_entry_in(table, gva, level) - kHostShift;
  }
  uint64_t& nested_word_at(uint64_t gpa, int level) {
    uint64_t table = context.nested.root.value();
    for (int l = context.nested.levels; l > level; --l)
      table = memory_[entry_in(table, gpa, l)] & 0x000ffffffffff000;
    return memory_[entry_in(table, gpa, level)];
  }

  /// The word at an hPA.
  uint64_t& word(uint64_t hpa) { return memory_[hpa]; }

  /// Walks without changing the tables.
  PageWalk walk(uint64_t gva, Access access = {}) const {
    return walk_plain(context, GuestVirtual(gva), access,
                      [this](HostPhysical a) { return read(a); });
  }
  /// Walks and sets A and D.
  PageWalk walk_marking(uint64_t gva, Access access = {}) {
    return walk_plain(
        context, GuestVirtual(gva), access, [this](HostPhysical a) { return read(a); },
        [this](HostPhysical a, uint64_t bits) { memory_[a.value()] |= bits; });
  }

  /// Calls `store(hPA, word)` for every entry.
  template <class Store>
  void for_each_word(Store store) const {
    for (const auto& [address, word] : memory_) store(HostPhysical(address), word);
  }

  TranslationContext context;

 private:
  static constexpr uint64_t kFirstGuestTable = 1 << 20;

  uint64_t read(HostPhysical address) const {
    const auto found = memory_.find(address.value());
    return found == memory_.end() ? 0 : found->second;
  }

  static uint64_t entry_in(uint64_t table, uint64_t address, int level) {
    return table + (address >> (9 * level + 3) & 511) * 8;
  }
  static uint64_t guest_entry_in(uint64_t table, uint64_t gva, int level) {
    return entry_in(table, gva, level) + kHostShift;
  }

  static GuestEntry guest_entry(uint64_t gpa) {
    return GuestEntry().set_present(true).set_writable(true).set_user(true).set_address(
        GuestPhysical(gpa));
  }
  uint64_t nested_word(uint64_t hpa, bool leaf, bool large) const {
    if (context.nested.format == NestedFormat::kNpt)
      return NptEntry()
          .set_present(true)
          .set_writable(true)
          .set_user(true)
          .set_large_page(large)
          .set_address(HostPhysical(hpa))
          .word();
    EptEntry entry;
    entry.set_readable(true).set_writable(true).set_executable(true).set_large_page(large);
    if (leaf) entry.set_memory_type(EptMemoryType::kWriteBack);
    return entry.set_address(HostPhysical(hpa)).word();
  }

  uint64_t new_guest_table() { return (next_guest_table_ += 4096) - 4096; }
  uint64_t new_nested_table() { return (next_nested_table_ += 4096) - 4096; }

  std::unordered_map<uint64_t, uint64_t> memory_;
  uint64_t next_guest_table_ = kFirstGuestTable;
  uint64_t next_nested_table_ = uint64_t{1} << 40;
};

}  // namespace nestwalk
