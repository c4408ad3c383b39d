// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "model/tlb/set_associative.h"
#include "model/tlb/tlb_entry.h"
#include "model/tlb/tlb_geometry.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// The second TLB level: one array of 4K pages, by configuration of 2M pages too, that nested
/// translations (gPA -> hPA, 4K pieces) may share (spec 2.5); optionally an array of 1G pages.
class L2Tlb {
 public:
  using Array = SetAssociative<TlbEntry>;

  explicit L2Tlb(const L2TlbConfig& config, uint64_t seed = 1);

  /// Looks a gVA up for an access. As in the L1 TLB, missing rights are a miss and leave no trace.
  std::optional<Translation> look_up(GuestVirtual address, Access access, const ContextTags& tags);
  /// Keeps a translation if this TLB holds pages of its size.
  void insert(GuestVirtual address, const Translation& translation, const ContextTags& tags);
  /// Sets D in the entries that this context finds for the address, if there are any.
  void set_dirty(GuestVirtual address, const ContextTags& tags);

  /// Nested entries are told apart by bits 56:12 of the gPA: what nested tables can reach.
  NestedHit look_up_nested(GuestPhysical address, const ContextTags& tags);
  void insert_nested(GuestPhysical address, const NestedHit& mapping, const ContextTags& tags);

  /// Drops entries for which `dead(const Array::Entry&)`. Returns how many.
  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    uint64_t dropped = array_.erase_if(dead);
    if (array_1g_) dropped += array_1g_->erase_if(dead);
    return dropped;
  }

  const Array& array() const { return array_; }

 private:
  /// Where an entry is; `way` -1: nowhere.
  struct Place {
    Array* array = nullptr;
    Array::Entry* set = nullptr;
    int way = -1;
  };

  /// The array for a size, or nullptr if such pages are not held.
  Array* array_of(PageSize size);
  Place locate(GuestVirtual address, PageSize size, const ContextTags& tags);

  Array array_;
  std::optional<Array> array_1g_;
  bool holds_2m_;
  bool has_global_ = false;
};

/// A TLB of nested translations alone.
class NestedTlb {
 public:
  explicit NestedTlb(const NestedTlbConfig& config, uint64_t seed = 1);

  NestedHit look_up(GuestPhysical address, const ContextTags& tags);
  void insert(GuestPhysical address, const NestedHit& mapping, const ContextTags& tags);

  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    return array_.erase_if(dead);
  }

 private:
  L2Tlb::Array array_;
};

}  // namespace nestwalk
