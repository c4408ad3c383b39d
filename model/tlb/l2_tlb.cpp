// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l2_tlb.h"

namespace nestwalk {
namespace {

constexpr PageSize kSizes[] = {PageSize::k4K, PageSize::k2M, PageSize::k1G};

NestedHit find_nested(L2Tlb::Array& array, GuestPhysical address, ContextTag tag) {
  const L2Tlb::Array::Entry* entry = array.find(address.page(), TlbKey::nested(address, tag));
  if (entry == nullptr) return {};
  return {true, entry->page(), entry->allowed(), entry->dirty(), entry->cut_from()};
}

void insert_nested_into(L2Tlb::Array& array, GuestPhysical address, const NestedHit& mapping,
                        ContextTag tag) {
  array.insert(address.page(), TlbKey::nested(address, tag),
               TlbEntry(mapping.page, mapping.allowed, mapping.dirty, mapping.size));
}

}  // namespace

L2Tlb::L2Tlb(const L2TlbConfig& config, uint64_t seed)
    : array_(config.entries, config.ways, config.replacement, seed), holds_2m_(config.holds_2m) {
  if (config.entries_1g != 0)
    array_1g_.emplace(config.entries_1g, config.entries_1g, Replacement::kLru, seed + 1);
}

L2Tlb::Array* L2Tlb::array_of(PageSize size) {
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

L2Tlb::Place L2Tlb::locate(GuestVirtual address, PageSize size, const ContextTags& tags) {
  Array* const array = array_of(size);
  if (array == nullptr) return {};
  Array::Entry* const set = array->set(TlbKey::page_number(address, size));
  int way = array->locate(set, TlbKey::linear(address, size, tags.linear));
  if (way < 0 && has_global_ && tags.match_global)
    way = array->locate(set, TlbKey::linear(address, size, tags.global));
  return {array, set, way};
}

std::optional<Translation> L2Tlb::look_up(GuestVirtual address, Access access,
                                          const ContextTags& tags) {
  if (!TlbKey::tells(address)) return std::nullopt;
  for (const PageSize size : kSizes) {
    const Place place = locate(address, size, tags);
    if (place.way < 0 || !place.set[place.way].allows(access)) continue;
    const Array::Entry* const entry = place.array->touch(place.set, place.way);
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

void L2Tlb::insert(GuestVirtual address, const Translation& translation, const ContextTags& tags) {
  const PageSize size = translation.size;
  Array* const array = array_of(size);
  if (array == nullptr) return;
  const bool global = translation.global && tags.match_global;
  has_global_ |= global;
  array->insert(TlbKey::page_number(address, size),
                TlbKey::linear(address, size, global ? tags.global : tags.linear),
                TlbEntry(translation.address.align_down(size), translation.allowed,
                         translation.dirty, translation.guest_page));
}

void L2Tlb::set_dirty(GuestVirtual address, const ContextTags& tags) {
  for (const PageSize size : kSizes) {
    const Place place = locate(address, size, tags);
    if (place.way >= 0) place.set[place.way].set_dirty();
  }
}

NestedHit L2Tlb::look_up_nested(GuestPhysical address, const ContextTags& tags) {
  return find_nested(array_, address, tags.nested);
}

void L2Tlb::insert_nested(GuestPhysical address, const NestedHit& mapping,
                          const ContextTags& tags) {
  insert_nested_into(array_, address, mapping, tags.nested);
}

NestedTlb::NestedTlb(const NestedTlbConfig& config, uint64_t seed)
    : array_(config.entries, config.ways, config.replacement, seed) {}

NestedHit NestedTlb::look_up(GuestPhysical address, const ContextTags& tags) {
  return find_nested(array_, address, tags.nested);
}

void NestedTlb::insert(GuestPhysical address, const NestedHit& mapping, const ContextTags& tags) {
  insert_nested_into(array_, address, mapping, tags.nested);
}

}  // namespace nestwalk
