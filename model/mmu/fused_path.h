// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/cache/cache_chain.h"
#include "model/memory/physical_memory.h"
#include "model/mmu/mmu.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// The LT path of an Mmu and its caches as one call on their cores: it leaves what b_transport
/// through the sockets leaves (TLB and cache contents, A and D bits, counters) and takes the same
/// cycles, without a transaction. An initiator may use it in the way DMI is used, where `serves`
/// says so.
class FusedPath {
 public:
  struct Outcome {
    uint64_t translation = 0;  ///< Cycles past an L1 TLB hit.
    uint64_t data = 0;         ///< Cycles of the data access, load-to-use; 0 without one.
    bool fault = false;
  };

  /// `memory`, `caches`: what the MMU's sockets are bound to. All must outlive the path.
  FusedPath(Mmu& mmu, PhysicalMemory& memory, const CacheChain& caches);

  /// Whether the sockets would do nothing else than this: the MMU's parts are the model's own,
  /// bound to each other directly, L1 misses take their time, and nobody observes the walks.
  bool serves() const { return plain_ && !mmu_.walker.is_observed(); }

  /// One access within a page. `with_data`: it goes on to memory.
  Outcome access(GuestVirtual address, Access access, bool with_data);

 private:
  /// Answers what the L1 TLB does not. False on a fault.
  bool miss(GuestVirtual address, Access access, Outcome& outcome, Translation& translation);
  bool walk(GuestVirtual address, Access access, uint64_t& cycles, Translation& translation);
  void read_entry(WalkStatistics& counts, uint64_t& cycles);
  NestedHit look_up_nested();
  void keep_nested();
  bool assist_dirty(GuestVirtual address, Access access, Outcome& outcome);
  WalkStatistics& counts_of(Access access) {
    return access.kind == AccessKind::kExecute ? mmu_.walker.fetch_statistics
                                               : mmu_.walker.statistics;
  }

  Mmu& mmu_;
  LatencyTable latency_;
  bool plain_;
  WalkStructures structures_;
  PhysicalMemory& memory_;
  CacheChain caches_;
  PageWalk walk_;
};

}  // namespace nestwalk
