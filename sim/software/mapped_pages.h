// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"
#include "sim/software/chunk_map.h"
#include "sim/software/page_bits.h"

namespace nestwalk {

/// What the software side knows to be translatable under the current registers: a bit a 4K page for
/// those that may be loaded and stored, and another for those that may only be loaded.
class MappedPages {
 public:
  bool contains(GuestVirtual address, bool store) const {
    const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G));
    return chunk != nullptr && (chunk->writable.test(address) ||
                                (!store && chunk->has_read_only && chunk->read_only.test(address)));
  }

  /// Has the host fetch what `contains` will read.
  void prefetch(GuestVirtual address) const {
    if (const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G)))
      chunk->writable.prefetch(address);
  }

  /// Adds the page of `size` around an address. Of a 1G page its 2M piece is added.
  void add(GuestVirtual address, PageSize size, bool writable) {
    Chunk& chunk = chunks_[address.page(PageSize::k1G)];
    chunk.has_read_only |= !writable;
    auto& pages = writable ? chunk.writable : chunk.read_only;
    if (size == PageSize::k4K)
      pages.set(address);
    else
      pages.set_large_page(address);
  }

  /// Whether the tables that a walk reads for the 2M page around an address are known to be
  /// translatable.
  bool contains_tables(GuestVirtual address) const {
    const Chunk* const chunk = chunks_.find(address.page(PageSize::k1G));
    return chunk != nullptr && chunk->tables.test(address);
  }
  void add_tables(GuestVirtual address) {
    chunks_[address.page(PageSize::k1G)].tables.set(address);
  }

  void clear() { chunks_.clear(); }

 private:
  struct Chunk {
    bool has_read_only;  ///< Else those bits need not be fetched.
    PageBits<PageSize::k2M> tables;
    PageBits<PageSize::k4K> writable;
    PageBits<PageSize::k4K> read_only;
  };

  ChunkMap<Chunk> chunks_;
};

}  // namespace nestwalk
