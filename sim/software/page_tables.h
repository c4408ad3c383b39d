// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/memory/physical_memory.h"
#include "model/paging/entry_rules.h"
#include "sim/software/chunk_map.h"
#include "sim/software/frame_pool.h"
#include "sim/software/table_format.h"

namespace nestwalk {

/// The tables of one dimension, as the software that owns them writes them into simulated memory:
/// `From` -> `To`, in frames of the pool. The page directory of each 1 GiB chunk is remembered, so
/// that mapping a page is two memory accesses and no walk from the root.
template <class From, class To>
class PageTables {
 public:
  /// `to_host`: distance from an address in `To` to where it lies in host memory. `memory` and
  /// `frames` must outlive the tables.
  PageTables(PhysicalMemory& memory, FramePool<To>& frames, const TableFormat& format, int levels,
             uint64_t to_host)
      : memory_(memory),
        frames_(frames),
        format_(format),
        levels_(levels),
        to_host_(to_host),
        root_(frames.take()) {}

  To root() const { return root_; }

  /// Maps the page of `size` at `from` to `to`, both aligned, unless it is mapped already. Returns
  /// whether it was not. A page must always be mapped by the same size.
  bool map(From from, To to, PageSize size) {
    const int level = static_cast<int>(size) + 1;
    return fill(table(from, level) + entry_offset(from.value(), level),
                to.value() | (size == PageSize::k4K ? format_.page : format_.large_page));
  }

  /// The same for a 4K page whose page table is known.
  bool map_in(HostPhysical page_table, From from, To to) {
    return fill(page_table + entry_offset(from.value(), 1), to.value() | format_.page);
  }

  /// Where the page directory for `from` lies; address 0 if there is none.
  HostPhysical page_directory(From from) const {
    const HostPhysical* const directory = directories_.find(from.page(PageSize::k1G));
    return directory == nullptr ? HostPhysical() : *directory;
  }

  /// Where the page table for `from` lies; address 0 if there is none.
  HostPhysical page_table(From from) const {
    const HostPhysical directory = page_directory(from);
    if (directory == HostPhysical()) return HostPhysical();
    const uint64_t entry = memory_.read(directory + entry_offset(from.value(), 2));
    if (entry == 0 || EntryRules::is_leaf(entry, 2)) return HostPhysical();
    return host(To(entry & kFrameMask));
  }

  /// Calls `visit(To)` with each table that a walk of `from` reads, from the root down.
  template <class Visit>
  void for_each_table(From from, Visit&& visit) const {
    To table = root_;
    for (int level = levels_;; --level) {
      visit(table);
      const uint64_t entry = memory_.read(host(table) + entry_offset(from.value(), level));
      if (entry == 0 || EntryRules::is_leaf(entry, level)) return;
      table = To(entry & kFrameMask);
    }
  }

 private:
  bool fill(HostPhysical entry, uint64_t word) {
    if (memory_.read(entry) != 0) return false;
    memory_.write(entry, word);
    return true;
  }

  HostPhysical host(To address) const { return HostPhysical(address.value() + to_host_); }

  /// Where the table of `level` for an address lies; made if it is missing, with those above.
  HostPhysical table(From from, int level) {
    if (level == 3) return pointer_table(from);
    HostPhysical& directory = directories_[from.page(PageSize::k1G)];
    if (directory == HostPhysical()) directory = table_below(pointer_table(from), from, 3);
    return level == 2 ? directory : table_below(directory, from, 2);
  }

  /// Of level 3, whose entries are for 1 GiB each.
  HostPhysical pointer_table(From from) {
    HostPhysical table = host(root_);
    for (int level = levels_; level > 3; --level) table = table_below(table, from, level);
    return table;
  }

  /// The table that the entry for `from` in `table`, one of `level`, points to.
  HostPhysical table_below(HostPhysical table, From from, int level) {
    const HostPhysical entry = table + entry_offset(from.value(), level);
    uint64_t word = memory_.read(entry);
    if (word == 0) {
      word = frames_.take().value() | format_.table;
      memory_.write(entry, word);
    }
    return host(To(word & kFrameMask));
  }

  PhysicalMemory& memory_;
  FramePool<To>& frames_;
  TableFormat format_;
  int levels_;
  uint64_t to_host_;
  To root_;
  ChunkMap<HostPhysical> directories_;  ///< Address 0 is none: see FramePool.
};

}  // namespace nestwalk
