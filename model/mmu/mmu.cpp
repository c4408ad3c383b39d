// SPDX-License-Identifier: Apache-2.0
#include "model/mmu/mmu.h"

#include <stdexcept>

#include "model/random/split_mix.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

Mmu::Mmu(const sc_core::sc_module_name& name, const MmuConfig& config, const Clock& clock,
         const Connect& connect_by, const MakeSegmentUnit& make_segment_unit)
    : sc_core::sc_module(name),
      config_(config),
      connected_directly_(!connect_by),
      l1_tlb("l1_tlb",
             {config.l1_tlb, config.instruction_tlb, seed_of_part(config.seed, 0),
              config.free_translation},
             config.latency, clock, registers_,
             [this](const TranslationContext& context, GuestVirtual address, Access access) {
               return walker.probe(context, address, access);
             }),
      segment_unit_(make_segment_unit("segment_unit", config, clock)),
      segment_unit(*segment_unit_),
      l2_tlb("l2_tlb", config.l2_tlb, config.latency, clock, seed_of_part(config.seed, 1),
             registers_.epoch()),
      walker("walker", config.walker, walk_structures(config), config.latency, clock,
             registers_.epoch()),
      structure_caches("structure_caches", config.guest_structure_cache,
                       config.nested_structure_cache, config.latency, clock,
                       seed_of_part(config.seed, 2)) {
  const auto connect = [&](InitiatorSocket& initiator, AnyTargetSocket& target) {
    if (connect_by)
      connect_by(initiator, target);
    else
      initiator.bind(target);
  };
  connect(l1_tlb.translations, segment_unit.upstream());
  connect(segment_unit.downstream, l2_tlb.upstream());
  connect(l2_tlb.downstream, walker.requests);
  connect(walker.segments, segment_unit.checks);
  connect(walker.structures, structure_caches.look_ups);
  if (config.nested_tlb.kind == NestedTlbKind::kDedicated) {
    nested_tlb = std::make_unique<NestedTlbModule>("nested_tlb", config.nested_tlb, config.latency,
                                                   clock, seed_of_part(config.seed, 3));
    connect(walker.nested_tlb, nested_tlb->look_ups);
  } else {
    connect(walker.nested_tlb, l2_tlb.nested);
  }
}

Mmu::~Mmu() = default;

// ---- Registers ---------------------------------------------------------------------------------

void Mmu::check(const TranslationContext& context) {
  const auto is_possible = [](int levels) { return levels == 4 || levels == 5; };
  if (!is_possible(context.guest.levels) ||
      (context.virtualized && !is_possible(context.nested.levels)))
    throw std::invalid_argument("tables have 4 or 5 levels");
  (void)WalkRules(context);  // throws if there are none for it
}

void Mmu::set(const TranslationContext& context) {
  TranslationContext aligned = context;
  aligned.guest.root = context.guest.root.align_down(PageSize::k4K);
  aligned.nested.root = context.nested.root.align_down(PageSize::k4K);
  check(aligned);
  if (!registers_.set(aligned)) empty();
  l1_tlb.withdraw_grants();
}

void Mmu::load_process(const GuestPaging& paging, Pcid pcid, const GuestSegment& segment,
                       const EscapeFilter* filter, bool keep) {
  TranslationContext context = registers_.context();
  context.guest = paging;
  context.pcid = pcid;
  context.guest_segment = segment;
  context.guest_filter = filter;
  set(context);
  if (!keep) invpcid_single(pcid);
}

void Mmu::load_vm(const TranslationContext& context) {
  set(context);
}

void Mmu::load_nested_root(HostPhysical root) {
  TranslationContext context = registers_.context();
  context.nested.root = root;
  set(context);
}

void Mmu::write_guest_segment(const GuestSegment& segment) {
  TranslationContext context = registers_.context();
  context.guest_segment = segment;
  set(context);
  // Globals too: another process's entry may cover what the segment now maps.
  drop([this](const Key& key) { return is_running(key); });
}

void Mmu::write_vmm_segment(const VmmSegment& segment) {
  TranslationContext context = registers_.context();
  context.vmm_segment = segment;
  set(context);
  invvpid_single(context.vpid);
}

void Mmu::write_guest_filter(const EscapeFilter* filter) {
  TranslationContext context = registers_.context();
  context.guest_filter = filter;
  set(context);
  drop([this](const Key& key) { return is_running(key); });
}

void Mmu::write_vmm_filter(const EscapeFilter* filter) {
  TranslationContext context = registers_.context();
  context.vmm_filter = filter;
  set(context);
  invvpid_single(context.vpid);
}

// ---- Invalidations -----------------------------------------------------------------------------

void Mmu::invlpg(GuestVirtual address) {
  // A global page goes for everyone, also where its entry is one process's own.
  const bool everyones = has_own_global();
  drop_address(address, [this, everyones](const Key& key) {
    return is_running(key) ||
           (everyones && key.kind == ContextTagTable::Kind::kLinear && key.vpid == context().vpid);
  });
}

void Mmu::invpcid_address(GuestVirtual address, Pcid pcid) {
  drop_address(address, [this, pcid](const Key& key) {
    return key.kind == ContextTagTable::Kind::kLinear && key.vpid == context().vpid &&
           key.pcid == pcid;
  });
}

void Mmu::invpcid_single(Pcid pcid) {
  drop([this, pcid](const Key& key) {
    return key.kind == ContextTagTable::Kind::kLinear && key.vpid == context().vpid &&
           key.pcid == pcid;
  });
}

void Mmu::invpcid_all_with_globals() {
  invvpid_single(context().vpid);
}

void Mmu::invpcid_all() {
  invvpid_single_keep_globals(context().vpid);
}

void Mmu::invvpid_address(GuestVirtual address, Vpid vpid) {
  drop_address(address, [vpid](const Key& key) {
    return key.kind != ContextTagTable::Kind::kNested && key.vpid == vpid;
  });
}

void Mmu::invvpid_single(Vpid vpid) {
  drop([vpid](const Key& key) {
    return key.kind != ContextTagTable::Kind::kNested && key.vpid == vpid;
  });
}

void Mmu::invvpid_single_keep_globals(Vpid vpid) {
  drop([vpid](const Key& key) {
    return key.kind == ContextTagTable::Kind::kLinear && key.vpid == vpid;
  });
}

void Mmu::invvpid_all() {
  drop([](const Key& key) {
    return key.kind != ContextTagTable::Kind::kNested && key.vpid != Vpid{0};
  });
}

void Mmu::invept_single(HostPhysical root) {
  drop([root = root.align_down(PageSize::k4K)](const Key& key) { return key.nested_root == root; });
}

void Mmu::invept_all() {
  drop([](const Key& key) { return key.nested_root != ContextTagTable::kNoNestedRoot; });
}

bool Mmu::is_running(const Key& key) const {
  const TranslationContext& running = context();
  if (key.vpid != running.vpid) return false;
  switch (key.kind) {
    case ContextTagTable::Kind::kLinear:
      return key.pcid == running.pcid;
    case ContextTagTable::Kind::kGlobal:
      return true;
    case ContextTagTable::Kind::kNested:
      return false;
  }
  return false;
}

bool Mmu::has_own_global() {
  return l1_tlb.tlb(AccessKind::kRead).has_own_global() ||
         l1_tlb.tlb(AccessKind::kExecute).has_own_global() || l2_tlb.tlb().has_own_global();
}

template <class Predicate>
void Mmu::drop_entries(Predicate dead) {
  l1_tlb.tlb(AccessKind::kRead).invalidate_if(dead);
  l1_tlb.tlb(AccessKind::kExecute).invalidate_if(dead);
  l2_tlb.tlb().invalidate_if(dead);
  if (nested_tlb) nested_tlb->tlb().invalidate_if(dead);
}

template <class Predicate>
void Mmu::drop(Predicate dead) {
  const ContextTagTable& table = registers_.tag_table();
  const auto dead_tag = [&](ContextTag tag) { return dead(table.key(tag)); };
  drop_entries([&](const L2Tlb::Array::Entry& entry) { return dead_tag(TlbKey::tag(entry.key)); });
  structure_caches.cache(Dimension::kGuest).invalidate_if(dead_tag);
  structure_caches.cache(Dimension::kNested).invalidate_if(dead_tag);
  changed();
}

template <class Predicate>
void Mmu::drop_address(GuestVirtual address, Predicate dead) {
  const ContextTagTable& table = registers_.tag_table();
  const auto dead_tag = [&](ContextTag tag) { return dead(table.key(tag)); };
  drop_entries([&](const L2Tlb::Array::Entry& entry) {
    return !TlbKey::is_nested(entry.key) && TlbKey::covers(entry.key, entry, address) &&
           dead_tag(TlbKey::tag(entry.key));
  });
  structure_caches.cache(Dimension::kGuest).invalidate_if(dead_tag);
  changed();
}

void Mmu::empty() {
  drop_entries([](const L2Tlb::Array::Entry&) { return true; });
  const auto all = [](ContextTag) { return true; };
  structure_caches.cache(Dimension::kGuest).invalidate_if(all);
  structure_caches.cache(Dimension::kNested).invalidate_if(all);
  changed();
}

void Mmu::changed() {
  registers_.new_epoch();
  l1_tlb.withdraw_grants();
}

void Mmu::reset_statistics() {
  l1_tlb.statistics = {};
  segment_unit.checker.statistics = {};
  l2_tlb.statistics = {};
  walker.statistics = {};
  walker.fetch_statistics = {};
  structure_caches.statistics = {};
  if (nested_tlb) nested_tlb->statistics = {};
}

}  // namespace nestwalk
