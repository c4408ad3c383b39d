// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "model/address/address.h"
#include "model/address/page_size.h"
#include "model/memory/host_prefetch.h"
#include "sim/software/chunk_map.h"

namespace nestwalk {

/// The page tables that translate the 4K pages of a 2M region of gVA, by where they lie in host
/// memory: the guest's, and the nested one of the gPAs that it leads to. Address 0: none, a segment
/// or a larger page translates.
struct RegionTables {
  HostPhysical guest;
  HostPhysical nested;

  /// Whether there is any.
  explicit operator bool() const { return guest != HostPhysical() || nested != HostPhysical(); }
};

/// Those of an address space under one nested map and the current registers, so that an entry is
/// found again without a walk.
class KnownTables {
 public:
  RegionTables find(GuestVirtual address) const {
    const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G));
    return chunk == nullptr ? RegionTables() : chunk->regions[region(address)];
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

  ChunkMap<Chunk> chunks_;
};

}  // namespace nestwalk
