// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Cycles as configured: whole core cycles.
using Cycles = uint32_t;

/// The one table of latencies, in core cycles (spec 2.3, 2.5). Cache latencies are load-to-use,
/// from the core: a level's own share is the difference to the level above that is on.
struct LatencyTable {
  Cycles l2_tlb = 7;              ///< An L2 TLB look-up, hit or miss.
  Cycles segment_completion = 0;  ///< An L1 miss that the segments complete.
  Cycles segment_check = 1;       ///< One check during a walk.
  Cycles structure_cache = 1;     ///< One look-up in the paging-structure caches of a dimension.
  Cycles nested_tlb = 7;          ///< One nested look-up, hit or miss.
  Cycles ad_update = 0;           ///< Setting A or D in one entry during a walk.
  Cycles dirty_assist = 0;        ///< Setting D for a store that hit.
  Cycles l1d = 4;
  Cycles l2 = 12;
  Cycles l3 = 40;
  Cycles memory = 190;
  // What software waits for: the Mmu's calls themselves take no time.
  Cycles register_write = 0;  ///< A write of a segment register, CR3, VPID, EPTP or filter word.
  Cycles invalidation = 0;    ///< INVLPG, INVPCID, INVVPID, INVEPT.
};

}  // namespace nestwalk
