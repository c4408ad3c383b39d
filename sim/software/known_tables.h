// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "model/address/address.h"
#include "model/address/page_size.h"
#include "model/array/host_prefetch.h"
#include "model/memory/physical_memory.h"
#include "model/paging/entry_rules.h"
#include "sim/software/chunk_map.h"

namespace nestwalk {

/// What translates the 4K pages of a 2M region of gVA, by where it lies in host memory: the guest's
/// page table, and the nested one of the gPAs that the region leads to. Address 0: none, a segment
/// or a larger page translates. One line of the host's memory.
struct alignas(64) RegionTables {
  HostPhysical guest;
  HostPhysical nested;
  GuestPhysical place;  ///< That the region begins at.
  /// The other entries that walks may read for the region, of page directories and of the nested
  /// page table that leads to the guest's; 0: none.
  std::array<HostPhysical, 3> above;

  /// Whether there is any table.
  explicit operator bool() const { return guest != HostPhysical() || nested != HostPhysical(); }

  /// Calls `visit(HostPhysical)` with the page table entries for an address of the region, and if
  /// `directories` with those above.
  template <class Visit>
  void for_each_entry(GuestVirtual address, bool directories, Visit&& visit) const {
    const uint64_t offset = entry_offset(address.value(), 1);
    if (guest != HostPhysical()) visit(guest + offset);
    if (nested != HostPhysical()) visit(nested + offset);
    if (!directories) return;
    for (const HostPhysical entry : above)
      if (entry != HostPhysical()) visit(entry);
  }
};

/// Those of an address space under one nested map and the current registers, so that an entry is
/// found again without a walk.
class KnownTables {
 public:
  /// `memory` holds the tables and outlives this.
  explicit KnownTables(const PhysicalMemory& memory) : memory_(memory) {}

  /// Whether the page around an address is mapped, in both dimensions; unset: nothing is known of
  /// its region.
  std::optional<bool> is_mapped(GuestVirtual address) const {
    const RegionTables* const known = find(address);
    if (known == nullptr) return std::nullopt;
    return has_entry(known->guest, address) && has_entry(known->nested, address);
  }

  /// nullptr: nothing is known of the region around the address.
  const RegionTables* find(GuestVirtual address) const {
    const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G));
    if (chunk == nullptr) return nullptr;
    const RegionTables& known = chunk->regions[region(address)];
    return known ? &known : nullptr;
  }
  /// Has the host fetch what `find` will read.
  void prefetch(GuestVirtual address) const {
    if (const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G)))
      host_prefetch(&chunk->regions[region(address)]);
  }
  void add(GuestVirtual address, const RegionTables& tables) {
    chunks_[address.page(PageSize::k1G)].regions[region(address)] = tables;
  }
  void clear() { chunks_.clear(); }

 private:
  static constexpr size_t kRegions = bytes(PageSize::k1G) / bytes(PageSize::k2M);

  struct Chunk {
    std::array<RegionTables, kRegions> regions;
  };

  static size_t region(GuestVirtual address) {
    return address.offset(PageSize::k1G) >> shift(PageSize::k2M);
  }

  /// Of a table, if there is one, for an address of its region.
  bool has_entry(HostPhysical table, GuestVirtual address) const {
    return table == HostPhysical() ||
           memory_.read_within(table + entry_offset(address.value(), 1)) != 0;
  }

  const PhysicalMemory& memory_;
  ChunkMap<Chunk> chunks_;
};

}  // namespace nestwalk
