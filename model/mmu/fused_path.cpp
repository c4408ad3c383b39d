// SPDX-License-Identifier: Apache-2.0
#include "model/mmu/fused_path.h"

#include <cstdlib>

#include "model/walker/plain_walk.h"

namespace nestwalk {
namespace {

/// NESTWALK_SSE2 in the environment has a host with AVX2 do as one without it: for tests.
bool may_use_avx2() {
  return Avx2Set::is_available() && std::getenv("NESTWALK_SSE2") == nullptr;
}

}  // namespace

FusedPath::FusedPath(Mmu& mmu, PhysicalMemory& memory, const CacheChain& caches)
    : mmu_(mmu),
      latency_(mmu.config().latency),
      plain_(mmu.is_connected_directly() && mmu.segment_unit.is_checker_only() &&
             !mmu.config().free_translation),
      structures_(walk_structures(mmu.config())),
      memory_(memory),
      caches_(caches),
      uses_avx2_(may_use_avx2()),
      miss_(miss_for(mmu)) {}

const WalkRules& FusedPath::rules() {
  if (rules_epoch_ != mmu_.epoch()) {
    rules_ = WalkRules(mmu_.context());
    rules_epoch_ = mmu_.epoch();
  }
  return rules_;
}

/// Answers a walk from the MMU's cores, and counts and times what it asks.
template <bool usual>
class FusedPath::WalkPort {
 public:
  WalkPort(FusedPath& path, WalkStatistics& counts)
      : path_(path),
        mmu_(path.mmu_),
        context_(mmu_.context()),
        tags_(mmu_.tags()),
        counts_(counts),
        guest_structures_(mmu_.structure_caches.cache(Dimension::kGuest)),
        nested_structures_(mmu_.structure_caches.cache(Dimension::kNested)) {}

  uint64_t cycles() const { return cycles_; }

  uint64_t read(const PageWalk& walk) {
    const HostPhysical entry = walk.host_address();
    counts_.count_read(walk);
    if (!path_.memory_.contains_word(entry)) return read_nothing();
    path_.accesses_.add(entry);
    return path_.memory_.read_within(entry);
  }

  void set_bits(const PageWalk& walk) {
    PhysicalMemory& memory = path_.memory_;
    memory.write(walk.host_address(), memory.read(walk.host_address()) | walk.bits());
    cycles_ += path_.latency_.ad_update;
  }

  SegmentCheck check_guest(const PageWalk& walk) {
    cycles_ += path_.latency_.segment_check;
    return check_guest(walk.virtual_address());
  }
  SegmentCheck check_vmm(const PageWalk& walk) {
    cycles_ += path_.latency_.segment_check;
    return check_vmm(walk.physical_address(), walk.widest_useful());
  }

  StructureHit guest_structure(const PageWalk& walk) {
    cycles_ += path_.latency_.structure_cache;
    const StructureHit hit =
        guest_structures_.look_up<usual>(walk.virtual_address().value(), tags_.linear);
    mmu_.structure_caches.statistics.guest.count(hit.level != 0);
    return hit;
  }
  StructureHit nested_structure(const PageWalk& walk) {
    cycles_ += path_.latency_.structure_cache;
    const StructureHit hit =
        nested_structures_.look_up<usual>(walk.physical_address().value(), tags_.nested);
    mmu_.structure_caches.statistics.nested.count(hit.level != 0);
    return hit;
  }
  void fill_guest_structure(const PageWalk& walk) {
    guest_structures_.insert<usual>(walk.virtual_address().value(), walk.structure_fill(),
                                    tags_.linear);
  }
  void fill_nested_structure(const PageWalk& walk) {
    nested_structures_.insert_absent<usual>(walk.physical_address().value(), walk.structure_fill(),
                                            tags_.nested);
  }

  NestedHit nested_tlb(const PageWalk& walk) {
    cycles_ += path_.latency_.nested_tlb;
    const GuestPhysical address = walk.physical_address();
    const bool dedicated = mmu_.nested_tlb != nullptr;
    const NestedHit hit = dedicated ? mmu_.nested_tlb->tlb().look_up(address, tags_)
                                    : mmu_.l2_tlb.tlb().look_up_nested<usual>(address, tags_);
    (dedicated ? mmu_.nested_tlb->statistics : mmu_.l2_tlb.statistics.nested).count(hit.hit);
    nested_known_ = hit.hit;
    return hit;
  }
  void fill_nested_tlb(const PageWalk& walk) {
    const GuestPhysical address = walk.physical_address();
    if (mmu_.nested_tlb != nullptr)
      mmu_.nested_tlb->tlb().insert(address, walk.nested_fill(), tags_);
    else if (nested_known_)  // but it did not suffice
      mmu_.l2_tlb.tlb().insert_nested(address, walk.nested_fill(), tags_);
    else
      mmu_.l2_tlb.tlb().insert_absent_nested<usual>(address, walk.nested_fill(), tags_);
  }

 private:
  // Calls: built in, filters would push what every walk needs out of the registers.
  __attribute__((noinline)) SegmentCheck check_guest(GuestVirtual address) {
    return mmu_.segment_unit.checker.check_guest(context_, address, PageSize::k1G);
  }
  __attribute__((noinline)) SegmentCheck check_vmm(GuestPhysical address, PageSize at_most) {
    return mmu_.segment_unit.checker.check_vmm(context_, address, at_most);
  }
  __attribute__((noinline)) uint64_t read_nothing() {
    const CacheChain::Answer answer = path_.caches_.access_nothing();
    counts_.count_served(answer.served_by);
    cycles_ += answer.cycles;
    return 0;
  }

  FusedPath& path_;
  Mmu& mmu_;
  const TranslationContext& context_;
  const ContextTags& tags_;
  WalkStatistics& counts_;
  StructureCache& guest_structures_;
  StructureCache& nested_structures_;
  uint64_t cycles_ = 0;
  bool nested_known_ = false;  ///< The last nested TLB look-up hit.
};

template <bool usual>
inline const Translation* FusedPath::walk(GuestVirtual address, Access access, Outcome& outcome) {
  if (accesses_.room() < kMostReads || open_walk_count_ == open_walks_.size()) answer_accesses();
  WalkStatistics& counts = counts_of(access);
  WalkPort<usual> port(*this, counts);
  PageWalk walk;
  const uint32_t begin = accesses_.size();
  walk.start(mmu_.context(), rules(), structures_, address, access);
  walk.run(port);
  outcome.fault = static_cast<bool>(walk.fault());
  if (!outcome.fault) counts.wait.add(0);
  counts.count(walk);
  open_walks_[open_walk_count_++] = {&counts, begin, accesses_.size(), port.cycles(),
                                     !outcome.fault};
  known_ = walk.translation();
  return &known_;
}

// Most of the time of a simulation that misses is here. Flat, so that a walk's state stays in
// registers.
template <bool usual>
__attribute__((flatten)) FusedPath::Outcome FusedPath::miss(GuestVirtual address, Access access,
                                                            bool absent) {
  Outcome outcome;
  const Translation* const translation = find<usual>(address, access, outcome);
  if (outcome.fault) return outcome;
  if (access.kind == AccessKind::kWrite && !translation->dirty) {  // it hit the L2 TLB
    assist_dirty(address, access, outcome);
    if (outcome.fault) return outcome;
    known_.dirty = true;
  }
  if (access.kind == AccessKind::kExecute)
    mmu_.l1_tlb.tlb(access.kind).insert(address, *translation, mmu_.tags(), absent);
  else
    data_tlb().insert<usual>(address, *translation, mmu_.tags(), absent);
  outcome.place = translation->address;
  return outcome;
}

template <bool usual>
inline const Translation* FusedPath::find(GuestVirtual address, Access access, Outcome& outcome) {
  if (mmu_.segment_unit.checker.complete(mmu_.context(), address, access.kind, known_)) {
    times_.translation += latency_.segment_completion;
    return &known_;
  }
  times_.translation += latency_.l2_tlb;
  L2Tlb& l2 = mmu_.l2_tlb.tlb();
  const auto known = l2.look_up<usual>(address, access, mmu_.tags());
  L2TlbModule::Statistics& counts = mmu_.l2_tlb.statistics;
  (access.kind == AccessKind::kExecute ? counts.fetches : counts.data).count(known.has_value());
  if (known) {
    known_ = *known;
    return &known_;
  }
  const Translation* const walked = walk<usual>(address, access, outcome);
  if (!outcome.fault) l2.insert<usual>(address, *walked, mmu_.tags());
  return walked;
}

FusedPath::Miss FusedPath::miss_for(Mmu& mmu) {
  const bool usual = mmu.l1_tlb.tlb(AccessKind::kRead).is_usual() && mmu.l2_tlb.tlb().is_usual() &&
                     mmu.structure_caches.cache(Dimension::kGuest).is_usual() &&
                     mmu.structure_caches.cache(Dimension::kNested).is_usual();
  return usual ? &FusedPath::miss<true> : &FusedPath::miss<false>;
}

__attribute__((noinline)) void FusedPath::answer_accesses() {
  const uint64_t all =
      uses_avx2_ ? caches_.answer<Avx2Set>(accesses_) : caches_.answer<Sse2Set>(accesses_);
  times_.data += all - account_walks();
  accesses_.clear();
  open_walk_count_ = 0;
}

WalkReach FusedPath::reach_of(uint64_t walks, uint64_t reads, uint64_t from_memory) {
  if (2 * from_memory < walks) return WalkReach::kNear;
  return reads < 4 * walks ? WalkReach::kPageTables : WalkReach::kDirectories;
}

/// Counts what the reads of walks took; returns their cycles.
uint64_t FusedPath::account_walks() {
  if (open_walk_count_ == 0) return 0;
  uint64_t reads = 0;
  uint64_t from_memory = 0;
  uint64_t cycles = 0;
  WalkStatistics* counts = open_walks_[0].counts;
  std::array<uint64_t, CacheChain::kMostLevels + 1> served{};  // by how many levels missed
  const auto count_served = [&] {
    for (size_t missed = 0; missed <= caches_.levels(); ++missed) {
      const MemoryLevel from = caches_.answer_past(missed).served_by;
      counts->count_served(from, served[missed]);
      if (from == MemoryLevel::kMemory) from_memory += served[missed];
    }
    served = {};
  };
  for (uint32_t w = 0; w < open_walk_count_; ++w) {
    const OpenWalk& walk = open_walks_[w];
    if (walk.counts != counts) {
      count_served();
      counts = walk.counts;
    }
    uint64_t taken = 0;
    for (uint32_t i = walk.begin; i < walk.end; ++i) {
      const size_t missed = accesses_.levels_missed(i);
      ++served[missed];
      taken += caches_.answer_past(missed).cycles;
    }
    if (walk.completed) counts->count_time(walk.cycles + taken);
    times_.translation += walk.cycles;
    cycles += taken;
    reads += walk.end - walk.begin;
  }
  count_served();
  times_.translation += cycles;
  reach_ = reach_of(open_walk_count_, reads, from_memory);
  return cycles;
}

__attribute__((noinline)) void FusedPath::assist_dirty(GuestVirtual address, Access access,
                                                       Outcome& outcome) {
  times_.translation += latency_.dirty_assist;
  ++mmu_.walker.statistics.dirty_assists;
  const PageWalk walk = walk_plain(
      mmu_.context(), address, access, [this](HostPhysical entry) { return memory_.read(entry); },
      [this](HostPhysical entry, uint64_t bits) {
        memory_.write(entry, memory_.read(entry) | bits);
      });
  outcome.fault = static_cast<bool>(walk.fault());
  if (!outcome.fault) mmu_.l2_tlb.tlb().set_dirty(address, mmu_.tags());
}

}  // namespace nestwalk
