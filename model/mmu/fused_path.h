// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "model/array/host_prefetch.h"
#include "model/cache/cache_chain.h"
#include "model/memory/physical_memory.h"
#include "model/mmu/mmu.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// What walks have read lately, by and large: as simulated memory is to simulated caches, so is the
/// host's to its own.
enum class WalkReach : uint8_t {
  kNear,         ///< Simulated caches had most of it.
  kPageTables,   ///< Memory: page tables, few entries a walk.
  kDirectories,  ///< Four entries a walk or more, of page directories too.
};

/// The LT path of an Mmu and its caches as one call on their cores: it leaves what b_transport
/// through the sockets leaves (TLB and cache contents, A and D bits, counters) and takes the same
/// cycles, without a transaction. An initiator may use it in the way DMI is used, where `serves`
/// says so. Of a walk that faults it counts the reads too, which the sockets do not.
///
/// No translation depends on which cache answers a read, only its time does. So accesses to caches
/// are gathered (AccessBatch), and answered when there are many or somebody wants to know: until
/// `collect`, caches, their counters and the times of walks are behind. It must come before another
/// core uses a level that is shared, and before `serves` may change.
class FusedPath {
 public:
  struct Outcome {
    HostPhysical place{};  ///< Without a fault.
    bool fault = false;
  };

  /// What translations and data accesses took.
  struct Times {
    uint64_t translation = 0;  ///< Cycles past L1 TLB hits.
    uint64_t data = 0;         ///< Cycles, load-to-use.
    uint64_t data_accesses = 0;
  };

  /// `memory`, `caches`: what the MMU's sockets are bound to. All must outlive the path.
  FusedPath(Mmu& mmu, PhysicalMemory& memory, const CacheChain& caches);

  /// Whether the sockets would do nothing else than this: the MMU's parts are the model's own,
  /// bound to each other directly, L1 misses take their time, and nobody observes the walks.
  bool serves() const { return plain_ && !mmu_.walker.is_observed(); }

  /// The entries of the running context: a hit on one of them is settled by counting it. To be
  /// taken anew when registers have changed.
  L1Tlb::View view() { return data_tlb().view(mmu_.tags()); }
  /// Another number after every change of registers or tables, and of TLB contents other than by an
  /// access.
  uint32_t epoch() const { return mmu_.epoch(); }
  void count_hits(uint64_t hits) { mmu_.l1_tlb.hits(AccessKind::kRead).hits += hits; }

  /// Translates an access within a page. If it does not simply hit the L1 TLB, `serve()` is called
  /// first: it lets software map the page, and returns whether software did anything. `absent`: the
  /// view has just said so.
  template <class Serve>
  Outcome translate(GuestVirtual address, Access access, bool absent, Serve serve) {
    L1Tlb& l1 = mmu_.l1_tlb.tlb(access.kind);
    L1Tlb::Hit hit = absent ? L1Tlb::Hit() : l1.locate(address, access, mmu_.tags());
    const bool store = access.kind == AccessKind::kWrite;
    if (!(hit && (!store || hit.entry().dirty())) && serve() && hit)
      hit = l1.locate(address, access, mmu_.tags());
    mmu_.l1_tlb.hits(access.kind).count(static_cast<bool>(hit));
    if (!hit) return (this->*miss_)(address, access, absent);
    Outcome outcome;
    if (store && !hit.entry().dirty()) {
      assist_dirty(address, access, outcome);
      if (outcome.fault) return outcome;
      hit.entry().set_dirty();
    }
    outcome.place = hit.translate(address);
    L1Tlb::touch(hit);
    return outcome;
  }

  /// Has the host fetch what the read of a table entry will touch. It must lie in memory.
  void prefetch(HostPhysical entry) const { host_prefetch(memory_.data(entry)); }

  /// Accesses data.
  void access_data(HostPhysical place) {
    ++times_.data_accesses;
    if (!memory_.contains(place, 1)) {
      times_.data += caches_.access_nothing().cycles;
      return;
    }
    if (accesses_.room() == 0) answer_accesses();
    accesses_.add(place);
  }

  /// What all since the last call took.
  Times collect() {
    if (open_walk_count_ != 0 || accesses_.size() != 0) answer_accesses();
    return std::exchange(times_, {});
  }

  /// Of the walks answered last.
  WalkReach reach() const { return reach_; }

 private:
  using Miss = Outcome (FusedPath::*)(GuestVirtual, Access, bool absent);

  /// More reads than a walk can make: both dimensions of five levels are 35; it may begin anew
  /// after one, and read guest entries again that a nested TLB entry did not let it write.
  static constexpr uint32_t kMostReads = 48;

  /// A walk whose reads are not answered yet.
  struct OpenWalk {
    WalkStatistics* counts;
    uint32_t begin;  ///< Of its accesses.
    uint32_t end;
    uint64_t cycles;  ///< Without them.
    bool completed;   ///< Without a fault.
  };

  template <bool usual>
  class WalkPort;

  L1Tlb& data_tlb() { return mmu_.l1_tlb.tlb(AccessKind::kRead); }

  static Miss miss_for(Mmu& mmu);
  void answer_accesses();
  uint64_t account_walks();
  static WalkReach reach_of(uint64_t walks, uint64_t reads, uint64_t from_memory);
  // Answers what the L1 TLB does not. `usual`: all arrays of TLBs and structure caches are
  // (SetAssociative).
  template <bool usual>
  Outcome miss(GuestVirtual address, Access access, bool absent);
  /// Finds the translation; of no meaning on a fault.
  template <bool usual>
  const Translation* find(GuestVirtual address, Access access, Outcome& outcome);
  template <bool usual>
  const Translation* walk(GuestVirtual address, Access access, Outcome& outcome);
  void assist_dirty(GuestVirtual address, Access access, Outcome& outcome);
  const WalkRules& rules();
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
  bool uses_avx2_;
  Miss miss_;          ///< For this machine.
  Translation known_;  ///< The last answer.
  AccessBatch accesses_;
  std::array<OpenWalk, AccessBatch::kCapacity> open_walks_;
  uint32_t open_walk_count_ = 0;
  Times times_;
  WalkReach reach_ = WalkReach::kNear;
  WalkRules rules_;
  std::optional<uint32_t> rules_epoch_;  ///< That `rules_` are of.
};

}  // namespace nestwalk
