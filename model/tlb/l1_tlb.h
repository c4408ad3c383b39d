// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "model/tlb/set_associative.h"
#include "model/tlb/tlb_entry.h"
#include "model/tlb/tlb_geometry.h"

namespace nestwalk {

/// The first TLB level: an array for each page size, looked up in parallel (spec 2.5).
///
/// An entry whose rights do not allow the access does not hit: the walk decides, and replaces it.
class L1Tlb {
 public:
  using Array = SetAssociative<TlbEntry>;

  /// A hit that has not changed anything yet, for `touch`.
  struct Hit {
    Array* array = nullptr;
    Array::Entry* set = nullptr;
    int way = -1;
    PageSize size = PageSize::k4K;

    explicit operator bool() const { return array != nullptr; }
    TlbEntry& entry() const { return set[way]; }
    HostPhysical translate(GuestVirtual address) const {
      return entry().page() + address.offset(size);
    }
  };

  explicit L1Tlb(const L1TlbConfig& config, uint64_t seed = 1);

  /// Looks the address up and changes nothing.
  Hit locate(GuestVirtual address, Access access, const ContextTags& tags) {
    if (!TlbKey::tells(address)) return {};
    for (int size = 0; size < kPageSizes; ++size) {
      if (!used_[size]) continue;
      const Hit hit = locate_in(static_cast<PageSize>(size), address, access, tags);
      if (hit) return hit;
    }
    return {};
  }

  /// The 4K entry of the address if it is the most recently used of its set under true LRU, so that
  /// a hit on it changes nothing; else nullptr.
  const TlbEntry* most_recent(GuestVirtual address, const ContextTags& tags) const {
    if (!ordered_4k_ || !TlbKey::tells(address)) return nullptr;
    const Array::Entry* const first =
        arrays_[0]->set(TlbKey::page_number(address, PageSize::k4K));
    return first->key == TlbKey::linear(address, PageSize::k4K, tags.linear) ? first : nullptr;
  }

  /// Makes the hit the most recently used of its set. Ends what `hit` may be used for.
  static void touch(const Hit& hit) { hit.array->touch(hit.set, hit.way); }

  void insert(GuestVirtual address, const Translation& translation, const ContextTags& tags);

  /// Drops entries for which `dead(const Array::Entry&)`. Returns how many.
  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    uint64_t dropped = 0;
    for (auto& array : arrays_)
      if (array) dropped += array->erase_if(dead);
    return dropped;
  }

  const std::optional<Array>& array(PageSize size) const {
    return arrays_[static_cast<size_t>(size)];
  }

 private:
  Hit locate_in(PageSize size, GuestVirtual address, Access access, const ContextTags& tags) {
    Array& array = *arrays_[static_cast<size_t>(size)];
    Array::Entry* const set = array.set(TlbKey::page_number(address, size));
    int way = array.locate(set, TlbKey::linear(address, size, tags.linear));
    if (way < 0 && has_global_ && tags.match_global)
      way = array.locate(set, TlbKey::linear(address, size, tags.global));
    if (way < 0 || !set[way].allows(access)) return {};
    return {&array, set, way, size};
  }

  std::array<std::optional<Array>, kPageSizes> arrays_;
  std::array<bool, kPageSizes> used_{};  ///< Whether an entry of the size was ever inserted.
  bool ordered_4k_ = false;              ///< Whether there are 4K entries, under true LRU.
  bool has_global_ = false;  ///< Whether a global entry was ever inserted.
};

}  // namespace nestwalk
