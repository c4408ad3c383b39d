// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "model/address/address.h"
#include "model/paging/entry_rules.h"
#include "sim/software/table_format.h"

namespace nestwalk {

/// Page tables `From` -> `To` that change while they are used: mapped, unmapped, split, rewritten.
/// They lie wherever the `Store` puts them:
///
///     uint64_t read(To address);               // an entry
///     void write(To address, uint64_t word);
///     To take_table();                         // a frame of zeros
///     void give_table(To table);
///
/// Whoever changes an entry that may have been used invalidates TLBs: not this class's business.
template <class From, class To, class Store>
class RadixTables {
 public:
  struct Leaf {
    To page;
    PageSize size = PageSize::k4K;
    uint64_t word = 0;  ///< The entry.
    To entry;           ///< Where it lies.
  };

  RadixTables(Store& store, const TableFormat& format, int levels)
      : store_(&store), format_(format), levels_(levels), root_(store.take_table()) {}

  To root() const { return root_; }

  std::optional<Leaf> find(From from) const {
    To table = root_;
    for (int level = levels_;; --level) {
      const To entry = table + entry_offset(from.value(), level);
      const uint64_t word = store_->read(entry);
      if (word == 0) return std::nullopt;
      if (EntryRules::is_leaf(word, level)) {
        const PageSize size = leaf_size(level);
        return Leaf{To(word & kFrameMask).align_down(size), size, word, entry};
      }
      table = To(word & kFrameMask);
    }
  }

  /// Whether nothing in the page of `size` around an address is mapped, nor has a table.
  bool is_empty(From from, PageSize size) const {
    To table = root_;
    for (int level = levels_;; --level) {
      const uint64_t word = store_->read(table + entry_offset(from.value(), level));
      if (word == 0) return true;
      if (level == static_cast<int>(size) + 1 || EntryRules::is_leaf(word, level)) return false;
      table = To(word & kFrameMask);
    }
  }

  /// Maps the page of `size` at `from` to `to`, both aligned, in place of what was there.
  /// `lacking`: bits that the entry is to lack (the right to write).
  void map(From from, To to, PageSize size, uint64_t lacking = 0) {
    const int level = static_cast<int>(size) + 1;
    const To entry = table(from, level) + entry_offset(from.value(), level);
    const uint64_t old = store_->read(entry);
    if (old != 0 && !EntryRules::is_leaf(old, level)) give(To(old & kFrameMask), level - 1);
    const uint64_t flags = size == PageSize::k4K ? format_.page : format_.large_page;
    store_->write(entry, (to.value() | flags) & ~lacking);
  }

  /// Removes the leaf that translates an address, of whatever size.
  void unmap(From from) {
    if (const auto leaf = find(from)) store_->write(leaf->entry, 0);
  }

  /// Makes sure that the leaf that translates an address, if there is one, is a 4K page: cuts
  /// larger ones up. The pieces keep rights, A and D.
  void split(From from) {
    while (const auto leaf = find(from)) {
      if (leaf->size == PageSize::k4K) return;
      cut(*leaf);
    }
  }

  /// Another word in the entry of a leaf.
  void rewrite(const Leaf& leaf, uint64_t word) { store_->write(leaf.entry, word); }

  /// Calls `visit(From, const Leaf&)` with every leaf, ascending. It may rewrite the leaf.
  template <class Visit>
  void for_each_leaf(Visit&& visit) const {
    for_each_leaf(root_, levels_, 0, visit);
  }
  /// Calls `visit(To)` with every table.
  template <class Visit>
  void for_each_table(Visit&& visit) const {
    for_each_table(root_, levels_, visit);
  }

  /// Gives all tables back, the root too.
  void destroy() { give(root_, levels_); }

 private:
  static constexpr uint64_t kEntries = 512;
  static constexpr uint64_t kEntryBytes = 8;

  To table(From from, int wanted) {
    To table = root_;
    for (int level = levels_; level > wanted; --level) {
      const To entry = table + entry_offset(from.value(), level);
      uint64_t word = store_->read(entry);
      if (word != 0 && EntryRules::is_leaf(word, level)) {
        cut({To(word & kFrameMask).align_down(leaf_size(level)), leaf_size(level), word, entry});
        word = store_->read(entry);
      }
      if (word == 0) {
        word = store_->take_table().value() | format_.table;
        store_->write(entry, word);
      }
      table = To(word & kFrameMask);
    }
    return table;
  }

  void cut(const Leaf& leaf) {
    const auto piece = static_cast<PageSize>(static_cast<int>(leaf.size) - 1);
    uint64_t flags = leaf.word & ~kFrameMask;
    if (piece == PageSize::k4K) flags &= ~kLeafBit;
    const To table = store_->take_table();
    for (uint64_t i = 0; i < kEntries; ++i)
      store_->write(table + i * kEntryBytes, (leaf.page.value() + i * bytes(piece)) | flags);
    store_->write(leaf.entry, table.value() | format_.table);
  }

  void give(To table, int level) {
    for (uint64_t i = 0; i < kEntries && level > 1; ++i) {
      const uint64_t word = store_->read(table + i * kEntryBytes);
      if (word != 0 && !EntryRules::is_leaf(word, level)) give(To(word & kFrameMask), level - 1);
    }
    store_->give_table(table);
  }

  template <class Visit>
  void for_each_leaf(To table, int level, uint64_t base, Visit&& visit) const {
    for (uint64_t i = 0; i < kEntries; ++i) {
      const To entry = table + i * kEntryBytes;
      const uint64_t word = store_->read(entry);
      if (word == 0) continue;
      const uint64_t from = base + (i << (3 + 9 * level));
      if (EntryRules::is_leaf(word, level))
        visit(canonical(from), Leaf{To(word & kFrameMask).align_down(leaf_size(level)),
                                    leaf_size(level), word, entry});
      else
        for_each_leaf(To(word & kFrameMask), level - 1, from, visit);
    }
  }

  template <class Visit>
  void for_each_table(To table, int level, Visit&& visit) const {
    visit(table);
    for (uint64_t i = 0; i < kEntries && level > 1; ++i) {
      const uint64_t word = store_->read(table + i * kEntryBytes);
      if (word != 0 && !EntryRules::is_leaf(word, level))
        for_each_table(To(word & kFrameMask), level - 1, visit);
    }
  }

  /// The sign bit upwards, where the upper half of the address space is canonical.
  From canonical(uint64_t from) const {
    if constexpr (std::is_same_v<From, GuestVirtual>) {
      const int unused = 64 - (12 + 9 * levels_);
      return From(static_cast<uint64_t>(static_cast<int64_t>(from << unused) >> unused));
    } else {
      return From(from);
    }
  }

  Store* store_;
  TableFormat format_;
  int levels_;
  To root_;
};

}  // namespace nestwalk
