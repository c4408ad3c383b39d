// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l2_tlb.h"

namespace nestwalk {

L2Tlb::L2Tlb(const L2TlbConfig& config, uint64_t seed)
    : array_(config.entries, config.ways, config.replacement, seed), holds_2m_(config.holds_2m) {
  if (config.entries_1g != 0)
    array_1g_.emplace(config.entries_1g, config.entries_1g, Replacement::kLru);
}

void L2Tlb::set_dirty(GuestVirtual address, const ContextTags& tags) {
  for (const PageSize size : kPageSizesUpward) {
    const Place place = locate(address, size, tags);
    if (place.way >= 0) place.set[place.way].set_dirty();
  }
}

}  // namespace nestwalk
