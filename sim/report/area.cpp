// SPDX-License-Identifier: Apache-2.0
#include "sim/report/area.h"

namespace nestwalk {

StorageBits area_of(const Config& config) {
  const PagingConfig& paging = config.paging;
  StorageBits bits =
      storage_bits(config.mmu, {paging.guest_levels, paging.nested_levels, paging.maxphyaddr});
  for (uint64_t* part : {&bits.l1_tlb, &bits.instruction_tlb, &bits.l2_tlb, &bits.nested_tlb,
                         &bits.structure_caches, &bits.segments, &bits.escape_filters})
    *part *= config.core.count;
  return bits;
}

}  // namespace nestwalk
