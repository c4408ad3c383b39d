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

  /// A view of the most recently used 4K entries of one context: a hit on one of them changes
  /// nothing, so that whoever holds the view may settle it. It sees the TLB as it is at each look.
  class RecentView {
   public:
    /// Sees nothing: one empty way.
    RecentView() : first_(&nothing()) {}
    RecentView(const Array& array, ContextTag tag)
        : first_(array.entries().data()), set_of_(array.sets()), ways_(array.ways()), tag_(tag) {}

    /// The entry if it is the one of the address and serves a user's load or store; else nullptr.
    const TlbEntry* find(GuestVirtual address, bool store) const {
      if (!TlbKey::tells(address)) return nullptr;
      const uint64_t set = set_of_(TlbKey::page_number(address, PageSize::k4K));
      const Array::Entry* const entry = first_ + set * ways_;
      const bool served =
          entry->key == TlbKey::linear(address, PageSize::k4K, tag_) && entry->serves_user(store);
      return served ? entry : nullptr;
    }

   private:
    static const Array::Entry& nothing() {
      static const Array::Entry empty{};
      return empty;
    }

    const Array::Entry* first_;
    Modulo set_of_{1};
    uint32_t ways_ = 0;
    ContextTag tag_{};
  };

  /// The view for a context; it sees nothing where there are no 4K entries under true LRU.
  RecentView recent(const ContextTags& tags) const {
    return ordered_4k_ ? RecentView(*arrays_[0], tags.linear) : RecentView();
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
  bool has_global_ = false;              ///< Whether a global entry was ever inserted.
};

inline void L1Tlb::insert(GuestVirtual address, const Translation& translation,
                          const ContextTags& tags) {
  // A size that no array holds is kept as the piece of the next smaller size that was used.
  PageSize size = translation.size;
  while (!arrays_[static_cast<size_t>(size)]) {
    if (size == PageSize::k4K) return;
    size = static_cast<PageSize>(static_cast<int>(size) - 1);
  }
  const bool global = translation.global && tags.match_global;
  has_global_ |= global;
  used_[static_cast<size_t>(size)] = true;
  arrays_[static_cast<size_t>(size)]->insert(
      TlbKey::page_number(address, size),
      TlbKey::linear(address, size, global ? tags.global : tags.linear),
      TlbEntry(translation.address.align_down(size), translation.allowed, translation.dirty,
               translation.guest_page));
}

}  // namespace nestwalk
