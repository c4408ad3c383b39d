// SPDX-License-Identifier: Apache-2.0
#include "model/mmu/fused_path.h"

#include "model/walker/plain_walk.h"

namespace nestwalk {

FusedPath::FusedPath(Mmu& mmu, PhysicalMemory& memory, const CacheChain& caches)
    : mmu_(mmu),
      latency_(mmu.config().latency),
      plain_(mmu.is_connected_directly() && mmu.segment_unit.is_checker_only() &&
             !mmu.config().free_translation),
      structures_(walk_structures(mmu.config())),
      memory_(memory),
      caches_(caches) {}

FusedPath::Outcome FusedPath::miss(GuestVirtual address, Access access) {
  Outcome outcome;
  const Translation* const translation = find(address, access, outcome);
  if (outcome.fault) return outcome;
  if (access.kind == AccessKind::kWrite && !translation->dirty) {  // it hit the L2 TLB
    assist_dirty(address, access, outcome);
    if (outcome.fault) return outcome;
    known_.dirty = true;
  }
  mmu_.l1_tlb.tlb(access.kind).insert(address, *translation, mmu_.tags());
  outcome.place = translation->address;
  return outcome;
}

const Translation* FusedPath::find(GuestVirtual address, Access access, Outcome& outcome) {
  if (mmu_.segment_unit.checker.complete(mmu_.context(), address, access.kind, known_)) {
    outcome.translation += latency_.segment_completion;
    return &known_;
  }
  outcome.translation += latency_.l2_tlb;
  L2Tlb& l2 = mmu_.l2_tlb.tlb();
  const auto known = l2.look_up(address, access, mmu_.tags());
  L2TlbModule::Statistics& counts = mmu_.l2_tlb.statistics;
  (access.kind == AccessKind::kExecute ? counts.fetches : counts.data).count(known.has_value());
  if (known) {
    known_ = *known;
    return &known_;
  }
  const Translation* const walked = walk(address, access, outcome);
  if (!outcome.fault) l2.insert(address, *walked, mmu_.tags());
  return walked;
}

const WalkRules& FusedPath::rules() {
  if (rules_epoch_ != mmu_.epoch()) {
    rules_ = WalkRules(mmu_.context());
    rules_epoch_ = mmu_.epoch();
  }
  return rules_;
}

const Translation* FusedPath::walk(GuestVirtual address, Access access, Outcome& outcome) {
  const TranslationContext& context = mmu_.context();
  SegmentChecker& segments = mmu_.segment_unit.checker;
  StructureCaches& structures = mmu_.structure_caches;
  StructureCache& guest_structures = structures.cache(Dimension::kGuest);
  StructureCache& nested_structures = structures.cache(Dimension::kNested);
  WalkStatistics& counts = counts_of(access);
  uint64_t cycles = 0;
  counts.wait.add(0);
  walk_.start(context, rules(), structures_, address, access);
  while (true) {
    const PageWalk::Need need = walk_.advance();
    switch (need) {
      case PageWalk::Need::kRead:
        read_entry(counts, cycles);
        continue;
      case PageWalk::Need::kGuestCheck:
        walk_.supply_check(segments.check_guest(context, address, PageSize::k1G));
        cycles += latency_.segment_check;
        continue;
      case PageWalk::Need::kVmmCheck:
        walk_.supply_check(
            segments.check_vmm(context, walk_.physical_address(), walk_.widest_useful()));
        cycles += latency_.segment_check;
        continue;
      case PageWalk::Need::kGuestStructure: {
        const StructureHit hit = guest_structures.look_up(address.value(), mmu_.tags().linear);
        structures.statistics.guest.count(hit.level != 0);
        walk_.supply_structure(hit);
        cycles += latency_.structure_cache;
        continue;
      }
      case PageWalk::Need::kNestedStructure: {
        const StructureHit hit =
            nested_structures.look_up(walk_.physical_address().value(), mmu_.tags().nested);
        structures.statistics.nested.count(hit.level != 0);
        walk_.supply_structure(hit);
        cycles += latency_.structure_cache;
        continue;
      }
      case PageWalk::Need::kNestedTlb:
        walk_.supply_nested(look_up_nested());
        cycles += latency_.nested_tlb;
        continue;
      case PageWalk::Need::kSetBits:
        memory_.write(walk_.host_address(), memory_.read(walk_.host_address()) | walk_.bits());
        cycles += latency_.ad_update;
        continue;
      case PageWalk::Need::kFillGuestStructure:
        guest_structures.insert(address.value(), walk_.structure_fill(), mmu_.tags().linear);
        continue;
      case PageWalk::Need::kFillNestedStructure:
        nested_structures.insert(walk_.physical_address().value(), walk_.structure_fill(),
                                 mmu_.tags().nested);
        continue;
      case PageWalk::Need::kFillNestedTlb:
        keep_nested();
        continue;
      case PageWalk::Need::kDone:
        break;
    }
    break;
  }
  counts.count(walk_, cycles);
  outcome.translation += cycles;
  outcome.fault = static_cast<bool>(walk_.fault());
  return &walk_.translation();
}

void FusedPath::read_entry(WalkStatistics& counts, uint64_t& cycles) {
  const HostPhysical entry = walk_.host_address();
  const CacheChain::Answer answer = caches_.access(entry.value(), memory_.contains(entry, 8));
  counts.count_read(walk_, answer.served_by);
  cycles += answer.cycles;
  walk_.supply_entry(memory_.read(entry));
}

NestedHit FusedPath::look_up_nested() {
  const GuestPhysical address = walk_.physical_address();
  const bool dedicated = mmu_.nested_tlb != nullptr;
  const NestedHit hit = dedicated ? mmu_.nested_tlb->tlb().look_up(address, mmu_.tags())
                                  : mmu_.l2_tlb.tlb().look_up_nested(address, mmu_.tags());
  (dedicated ? mmu_.nested_tlb->statistics : mmu_.l2_tlb.statistics.nested).count(hit.hit);
  return hit;
}

void FusedPath::keep_nested() {
  const GuestPhysical address = walk_.physical_address();
  if (mmu_.nested_tlb != nullptr)
    mmu_.nested_tlb->tlb().insert(address, walk_.nested_fill(), mmu_.tags());
  else
    mmu_.l2_tlb.tlb().insert_nested(address, walk_.nested_fill(), mmu_.tags());
}

void FusedPath::assist_dirty(GuestVirtual address, Access access, Outcome& outcome) {
  outcome.translation += latency_.dirty_assist;
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
