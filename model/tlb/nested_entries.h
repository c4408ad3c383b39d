// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/array/set_associative.h"
#include "model/tlb/tlb_entry.h"
#include "model/translation/nested_hit.h"

namespace nestwalk {

// Nested translations, gPA -> hPA in 4K pieces, in an array of TLB entries: the L2 TLB's or one of
// their own.

template <bool usual = false>
inline NestedHit find_nested(SetAssociative<TlbEntry>& array, GuestPhysical address,
                             ContextTag tag) {
  const SetAssociative<TlbEntry>::Entry* entry =
      array.find<usual>(address.page(), TlbKey::nested(address, tag));
  if (entry == nullptr) return {};
  return {true, entry->page(), entry->allowed(), entry->dirty(), entry->cut_from()};
}

inline void insert_nested(SetAssociative<TlbEntry>& array, GuestPhysical address, NestedHit mapping,
                          ContextTag tag) {
  array.insert(address.page(), TlbKey::nested(address, tag),
               TlbEntry(mapping.page, mapping.allowed, mapping.dirty, mapping.size));
}

/// The same for what a look-up has just not found.
template <bool usual = false>
inline void insert_absent_nested(SetAssociative<TlbEntry>& array, GuestPhysical address,
                                 NestedHit mapping, ContextTag tag) {
  array.insert_absent<usual>(array.set<usual>(address.page()), TlbKey::nested(address, tag),
                             TlbEntry(mapping.page, mapping.allowed, mapping.dirty, mapping.size));
}

}  // namespace nestwalk
