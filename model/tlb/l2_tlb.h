// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "model/array/set_associative.h"
#include "model/tlb/nested_entries.h"
#include "model/tlb/tlb_entry.h"
#include "model/tlb/tlb_geometry.h"
#include "model/translation/nested_hit.h"
#include "model/translation/translation.h"

namespace nestwalk {

/// The second TLB level: one array of 4K pages, by configuration of 2M pages too, that nested
/// translations (gPA -> hPA, 4K pieces) may share (spec 2.5); optionally an array of 1G pages.
class L2Tlb {
 public:
  using Array = SetAssociative<TlbEntry>;

  explicit L2Tlb(const L2TlbConfig& config, uint64_t seed = 1);

  /// Whether there is one array, and it is (SetAssociative).
  bool is_usual() const { return array_.is_usual() && !array_1g_; }

  /// Looks a gVA up for an access. As in the L1 TLB, missing rights are a miss and leave no trace.
  template <bool usual = false>
  std::optional<Translation> look_up(GuestVirtual address, Access access, const ContextTags& tags);
  /// Keeps a translation if this TLB holds pages of its size.
  template <bool usual = false>
  void insert(GuestVirtual address, const Translation& translation, const ContextTags& tags);
  /// Sets D in the entries that this context finds for the address, if there are any.
  void set_dirty(GuestVirtual address, const ContextTags& tags);

  /// Nested entries are told apart by bits 56:12 of the gPA: what nested tables can reach. Mappings
  /// are taken by value: so the state of the walk that gives one needs no address.
  template <bool usual = false>
  NestedHit look_up_nested(GuestPhysical address, const ContextTags& tags);
  void insert_nested(GuestPhysical address, NestedHit mapping, const ContextTags& tags);
  /// The same for what a look-up has just not found.
  template <bool usual = false>
  void insert_absent_nested(GuestPhysical address, NestedHit mapping, const ContextTags& tags) {
    nestwalk::insert_absent_nested<usual>(array_, address, mapping, tags.nested);
  }

  /// Drops entries for which `dead(const Array::Entry&)`. Returns how many.
  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    uint64_t dropped = array_.erase_if(dead);
    if (array_1g_) dropped += array_1g_->erase_if(dead);
    return dropped;
  }

  /// As L1Tlb's.
  bool has_own_global() const { return has_own_global_; }

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
  template <bool usual = false>
  Place locate(GuestVirtual address, PageSize size, const ContextTags& tags);

  Array array_;
  std::optional<Array> array_1g_;
  bool holds_2m_;
  std::array<bool, kPageSizes> used_{};  ///< Whether an entry of the size was ever inserted.
  bool has_global_ = false;
  bool has_own_global_ = false;
};

// Inline, for the walks that ask it.

inline L2Tlb::Array* L2Tlb::array_of(PageSize size) {
  switch (size) {
    case PageSize::k4K:
      return &array_;
    case PageSize::k2M:
      return holds_2m_ ? &array_ : nullptr;
    case PageSize::k1G:
      return array_1g_ ? &*array_1g_ : nullptr;
  }
  return nullptr;
}

template <bool usual>
inline L2Tlb::Place L2Tlb::locate(GuestVirtual address, PageSize size, const ContextTags& tags) {
  Array* const array = array_of(size);
  if (array == nullptr) return {};
  Array::Entry* const set = array->set<usual>(TlbKey::page_number(address, size));
  int way = array->locate<usual>(set, TlbKey::linear(address, size, tags.linear));
  if (way < 0 && has_global_ && tags.match_global)
    way = array->locate<usual>(set, TlbKey::linear(address, size, tags.global));
  return {array, set, way};
}

template <bool usual>
inline std::optional<Translation> L2Tlb::look_up(GuestVirtual address, Access access,
                                                 const ContextTags& tags) {
  if (!TlbKey::tells(address)) return std::nullopt;
  for (const PageSize size : kPageSizesUpward) {
    if (!used_[static_cast<size_t>(size)]) continue;
    const Place place = locate<usual>(address, size, tags);
    if (place.way < 0 || !place.set[place.way].allows(access)) continue;
    const Array::Entry* const entry = place.array->touch<usual>(place.set, place.way);
    Translation translation;
    translation.address = entry->page() + address.offset(size);
    translation.size = size;
    translation.allowed = entry->allowed();
    translation.dirty = entry->dirty();
    translation.guest_page = entry->cut_from();
    translation.global = TlbKey::tag(entry->key) == tags.global;
    return translation;
  }
  return std::nullopt;
}

template <bool usual>
inline void L2Tlb::insert(GuestVirtual address, const Translation& translation,
                          const ContextTags& tags) {
  const PageSize size = translation.size;
  Array* const array = array_of(size);
  if (array == nullptr) return;
  const bool global = translation.global && tags.match_global;
  has_global_ |= global;
  has_own_global_ |= translation.global && !global;
  used_[static_cast<size_t>(size)] = true;
  array->insert<usual>(TlbKey::page_number(address, size),
                       TlbKey::linear(address, size, global ? tags.global : tags.linear),
                       TlbEntry(translation.address.align_down(size), translation.allowed,
                                translation.dirty, translation.guest_page));
}

template <bool usual>
inline NestedHit L2Tlb::look_up_nested(GuestPhysical address, const ContextTags& tags) {
  return find_nested<usual>(array_, address, tags.nested);
}

inline void L2Tlb::insert_nested(GuestPhysical address, NestedHit mapping,
                                 const ContextTags& tags) {
  nestwalk::insert_nested(array_, address, mapping, tags.nested);
}

}  // namespace nestwalk
