// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/nested_tlb.h"

#include "model/tlb/nested_entries.h"

namespace nestwalk {

NestedTlb::NestedTlb(const NestedTlbConfig& config, uint64_t seed)
    : array_(config.entries, config.ways, config.replacement, seed) {}

NestedHit NestedTlb::look_up(GuestPhysical address, const ContextTags& tags) {
  return find_nested(array_, address, tags.nested);
}

void NestedTlb::insert(GuestPhysical address, NestedHit mapping, const ContextTags& tags) {
  insert_nested(array_, address, mapping, tags.nested);
}

}  // namespace nestwalk
