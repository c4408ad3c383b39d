// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "model/address/address.h"
#include "sim/software/known_tables.h"
#include "sim/software/mapped_pages.h"

namespace nestwalk {

/// What software knows to be mapped in the running address space under the nested map in use: by
/// the tables of a region where it keeps them, else page by page.
class KnownMappings {
 public:
  /// `tables` nullptr: of software that keeps none.
  void refer_to(MappedPages& pages, KnownTables* tables = nullptr) {
    pages_ = &pages;
    tables_ = tables;
  }

  bool is_mapped(GuestVirtual address, bool store) const {
    if (tables_ != nullptr)
      if (const std::optional<bool> known = tables_->is_mapped(address)) return *known;
    return pages_->contains(address, store);
  }

  MappedPages& pages() { return *pages_; }
  /// There are some.
  KnownTables& tables() { return *tables_; }

  // For who runs the simulation, and may have its host fetch in time what will be read.

  /// Which entries of tables serving and walking an address will read; nullptr: not known.
  const RegionTables* tables_of(GuestVirtual address) const {
    return tables_ == nullptr ? nullptr : tables_->find(address);
  }
  /// Has the host fetch what `tables_of` will read.
  void prefetch_tables(GuestVirtual address) const {
    if (tables_ != nullptr) tables_->prefetch(address);
  }
  /// Has the host fetch what `is_mapped` will read of an address without known tables.
  void prefetch_page(GuestVirtual address) const { pages_->prefetch(address); }

 private:
  MappedPages* pages_ = nullptr;
  KnownTables* tables_ = nullptr;
};

}  // namespace nestwalk
