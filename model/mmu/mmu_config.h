// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/page_size.h"
#include "model/filter/filter_config.h"
#include "model/timing/latency_table.h"
#include "model/tlb/tlb_geometry.h"
#include "model/walker/structure_cache.h"
#include "model/walker/walker_config.h"

namespace nestwalk {

/// Everything about the assembled Mmu and what it reads its tables through.
struct MmuConfig {
  L1TlbConfig l1_tlb;
  L1TlbConfig instruction_tlb{{128, 4}, {8, 8}, {0, 1}, Replacement::kLru};
  /// The largest page that these keep where segments alone translate.
  PageSize segment_entry = PageSize::k4K;
  L2TlbConfig l2_tlb;
  StructureCacheConfig guest_structure_cache;
  StructureCacheConfig nested_structure_cache;
  NestedTlbConfig nested_tlb;
  WalkerConfig walker;
  // What escape filters are built like: for who makes them, and for storage_bits. The Mmu itself
  // takes each EscapeFilter from the registers, and none is there unless it is written.
  FilterConfig filter;                ///< Of the VMM segment; natively of the only one.
  bool guest_filter_enabled = false;  ///< A second one, on the guest segment.
  FilterConfig guest_filter;
  LatencyTable latency;
  uint64_t seed = 1;  ///< Of random replacement.
  /// L1 TLB misses are answered in no time and leave no trace: what ideal_cycles is measured with.
  bool free_translation = false;
};

/// The structures that walks of this Mmu ask.
inline WalkStructures walk_structures(const MmuConfig& config) {
  return {config.guest_structure_cache.enabled, config.nested_structure_cache.enabled,
          config.nested_tlb.kind != NestedTlbKind::kNone,
          config.nested_tlb.fill == NestedTlbFill::kAll, config.segment_entry};
}

}  // namespace nestwalk
