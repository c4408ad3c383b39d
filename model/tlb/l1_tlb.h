// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "model/array/set_associative.h"
#include "model/tlb/tlb_entry.h"
#include "model/tlb/tlb_geometry.h"
#include "model/translation/translation.h"

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
    bool is_global(const ContextTags& tags) const {
      return TlbKey::tag(set[way].key) == tags.global;
    }
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

  /// A view of the 4K entries of one context, for whoever wants to settle hits on them: it sees the
  /// TLB as it is at each look. A hit needs the right to access as a user, and D for a store.
  class View {
   public:
    /// Sees nothing: one empty way.
    View() : first_(&nothing()) {}
    View(const L1Tlb& tlb, Array& array, ContextTag tag)
        : tlb_(&tlb),
          array_(&array),
          first_(array.set(0)),
          set_of_(array.set_of()),
          ways_(array.ways()),
          tag_(static_cast<uint64_t>(tag)) {}

    /// The entry that serves the access, if it is the most recently used of its set: then the hit
    /// changes nothing. Else nullptr.
    const TlbEntry* find_recent(GuestVirtual address, bool store) const {
      const Array::Entry* const entry = set(address);
      const bool served =
          entry->key == key(address) && TlbKey::tells(address) && entry->serves_user(store);
      return served ? entry : nullptr;
    }

    /// Which set of the array an access is of, by its page number; a view that sees nothing has
    /// one.
    const Modulo& set_of() const { return set_of_; }
    /// The most recently used entry of a set, if it is one of the context's; else nullptr.
    const Array::Entry* recent(uint64_t set) const {
      const Array::Entry& entry = first_[set * ways_];
      const bool is_one = entry.key != 0 && entry.key == key(TlbKey::small_page(entry.key));
      return is_one ? &entry : nullptr;
    }

    /// What the view sees of an access: the entry that serves it, in whatever way, which is then
    /// the most recently used; or whether the whole TLB has no entry for its page at all.
    struct Look {
      const TlbEntry* entry = nullptr;
      bool absent = false;
    };
    Look look(GuestVirtual address, bool store) const {
      Array::Entry* const entries = set(address);
      const uint64_t wanted = key(address);
      for (uint32_t way = 0; way < ways_; ++way)
        if (entries[way].key == wanted)
          return {TlbKey::tells(address) && entries[way].serves_user(store)
                      ? array_->touch(entries, static_cast<int>(way))
                      : nullptr,
                  false};
      return {nullptr, tlb_ != nullptr && tlb_->only_small_};
    }

   private:
    static Array::Entry& nothing() {
      static Array::Entry empty{};
      return empty;
    }

    Array::Entry* set(GuestVirtual address) const {
      return first_ + set_of_(TlbKey::page_number(address, PageSize::k4K)) * ways_;
    }
    /// TlbKey::linear of a 4K page, without masks: the bits that it drops fall off.
    uint64_t key(GuestVirtual address) const {
      return (address.value() & ~mask(PageSize::k4K)) << 7 | tag_;
    }

    const L1Tlb* tlb_ = nullptr;
    Array* array_ = nullptr;
    Array::Entry* first_;
    Modulo set_of_{1};
    uint32_t ways_ = 0;
    uint64_t tag_ = 0;
  };

  /// The view for a context; it sees nothing where there are no 4K entries under true LRU.
  View view(const ContextTags& tags) {
    return ordered_4k_ ? View(*this, *arrays_[0], tags.linear) : View();
  }

  /// Makes the hit the most recently used of its set. Ends what `hit` may be used for.
  static void touch(const Hit& hit) { hit.array->touch(hit.set, hit.way); }

  /// Whether all arrays are (SetAssociative).
  bool is_usual() const {
    for (const auto& array : arrays_)
      if (array && !array->is_usual()) return false;
    return true;
  }

  /// `absent`: a look has just said that there is no entry for the page.
  template <bool usual = false>
  void insert(GuestVirtual address, const Translation& translation, const ContextTags& tags,
              bool absent = false);

  /// Drops entries for which `dead(const Array::Entry&)`. Returns how many.
  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    uint64_t dropped = 0;
    for (auto& array : arrays_)
      if (array) dropped += array->erase_if(dead);
    return dropped;
  }

  /// Whether the entry of a global page was ever inserted as one process's own, as under a guest
  /// segment: who invalidates the page does not know of that.
  bool has_own_global() const { return has_own_global_; }

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
  bool has_own_global_ = false;
  bool only_small_ = true;  ///< Whether none but 4K, not global ones ever were.
};

template <bool usual>
inline void L1Tlb::insert(GuestVirtual address, const Translation& translation,
                          const ContextTags& tags, bool absent) {
  // A size that no array holds is kept as the piece of the next smaller size that was used.
  PageSize size = translation.size;
  while (!arrays_[static_cast<size_t>(size)]) {
    if (size == PageSize::k4K) return;
    size = static_cast<PageSize>(static_cast<int>(size) - 1);
  }
  const bool global = translation.global && tags.match_global;
  has_global_ |= global;
  has_own_global_ |= translation.global && !global;
  used_[static_cast<size_t>(size)] = true;
  only_small_ &= !global && size == PageSize::k4K;
  Array& array = *arrays_[static_cast<size_t>(size)];
  Array::Entry* const set = array.set<usual>(TlbKey::page_number(address, size));
  const uint64_t key = TlbKey::linear(address, size, global ? tags.global : tags.linear);
  const TlbEntry entry(translation.address.align_down(size), translation.allowed, translation.dirty,
                       translation.guest_page);
  if (absent)
    array.insert_absent<usual>(set, key, entry);
  else
    array.insert_in<usual>(set, key, entry);
}

}  // namespace nestwalk
