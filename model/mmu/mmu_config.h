// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/tlb/replacement.h"

namespace nestwalk {

/// Cycles as configured: whole core cycles.
using Cycles = uint32_t;

/// A TLB array: `entries` in sets of `ways` (ways = entries: fully associative). 0 entries: absent.
struct TlbGeometry {
  uint32_t entries = 0;
  uint32_t ways = 1;
};

/// An L1 TLB: one array a page size, looked up in parallel (spec 2.5).
struct L1TlbConfig {
  TlbGeometry pages_4k{64, 4};
  TlbGeometry pages_2m{32, 4};
  TlbGeometry pages_1g{4, 4};
  Replacement replacement = Replacement::kLru;
};

struct L2TlbConfig {
  uint32_t entries = 512;
  uint32_t ways = 4;
  bool holds_2m = false;   ///< 2M pages share the array (Golden Cove); else 4K pages only.
  uint32_t entries_1g = 0; ///< A separate fully associative array for 1G pages.
  Replacement replacement = Replacement::kLru;
};

/// Paging-structure caches of one dimension; entries by what they hold.
struct StructureCacheConfig {
  bool enabled = true;
  uint32_t pml5e_entries = 2;
  uint32_t pml4e_entries = 2;
  uint32_t pdpte_entries = 4;
  uint32_t pde_entries = 32;
  uint32_t pde_ways = 4;   ///< The other arrays are fully associative.
  Replacement replacement = Replacement::kLru;
};

enum class NestedTlbKind : uint8_t { kShared, kDedicated, kNone };

struct NestedTlbConfig {
  NestedTlbKind kind = NestedTlbKind::kShared;  ///< kShared: entries live in the L2 TLB.
  uint32_t entries = 64;                        ///< Dedicated only.
  uint32_t ways = 4;                            ///< Dedicated only.
  Replacement replacement = Replacement::kLru;
};

struct WalkerConfig {
  uint32_t count = 1;     ///< Walks in flight.
  uint32_t queue = 16;    ///< Requests that wait for a walker before the L2 TLB is held up.
  bool coalesce = true;   ///< A miss on a page that is being walked waits for that walk.
};

/// One escape filter (spec 2.4).
struct FilterConfig {
  uint32_t bits = 256;
  uint32_t hashes = 4;
  bool partitioned = true;  ///< Each hash has bits / hashes of its own.
  uint64_t seed = 1;        ///< Of the H3 matrices.
};

struct CacheConfig {
  bool enabled = true;
  uint64_t size = 0;      ///< Bytes.
  uint32_t ways = 1;
  Replacement replacement = Replacement::kLru;
};

struct MemoryHierarchyConfig {
  CacheConfig l1d{true, 32 << 10, 8};
  CacheConfig l2{true, 256 << 10, 8};
  CacheConfig l3{true, 15 << 20, 20};
  bool data_path = true;  ///< Data accesses go through the caches and compete with table entries.
};

/// The one table of latencies, in core cycles (spec 2.3, 2.5). Cache latencies are load-to-use, from
/// the core: a level's own share is the difference to the level above that is on.
struct LatencyTable {
  Cycles l2_tlb = 7;             ///< An L2 TLB look-up, hit or miss.
  Cycles segment_completion = 0; ///< An L1 miss that the segments complete.
  Cycles segment_check = 1;      ///< One check during a walk.
  Cycles structure_cache = 1;    ///< One look-up in the paging-structure caches of a dimension.
  Cycles nested_tlb = 7;         ///< One nested look-up, hit or miss.
  Cycles ad_update = 0;          ///< Setting A or D in one entry during a walk.
  Cycles dirty_assist = 0;       ///< Setting D for a store that hit.
  Cycles l1d = 4;
  Cycles l2 = 12;
  Cycles l3 = 40;
  Cycles memory = 190;
  Cycles register_write = 0;     ///< A write of a segment register, CR3, VPID, EPTP or filter word.
  Cycles invalidation = 0;       ///< INVLPG, INVPCID, INVVPID, INVEPT.
};

/// Everything about the assembled Mmu and what it reads its tables through.
struct MmuConfig {
  L1TlbConfig l1_tlb;
  L1TlbConfig instruction_tlb{{128, 4}, {8, 8}, {0, 1}, Replacement::kLru};
  L2TlbConfig l2_tlb;
  StructureCacheConfig guest_structure_cache;
  StructureCacheConfig nested_structure_cache;
  NestedTlbConfig nested_tlb;
  WalkerConfig walker;
  FilterConfig filter;             ///< Of the VMM segment.
  bool guest_filter_enabled = false;  ///< A second one, on the guest segment.
  FilterConfig guest_filter;
  LatencyTable latency;
  uint64_t seed = 1;               ///< Of random replacement.
};

}  // namespace nestwalk
