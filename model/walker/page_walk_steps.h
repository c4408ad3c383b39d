// SPDX-License-Identifier: Apache-2.0
#pragma once

// The steps of the page-walk state machine, inline: a walk takes some eight of them, and its driver
// is built around them.

#include "model/paging/ept_entry.h"
#include "model/paging/x86_entry.h"
#include "model/walker/page_walk.h"

namespace nestwalk {
namespace detail {

// #PF error code, and bits 4:0 of AMD's EXITINFO1 (AMD APM vol. 2, 8.4.2 and 15.25.6).
constexpr uint64_t kCodePresent = 1 << 0;
constexpr uint64_t kCodeWrite = 1 << 1;
constexpr uint64_t kCodeUser = 1 << 2;
constexpr uint64_t kCodeReserved = 1 << 3;
constexpr uint64_t kCodeFetch = 1 << 4;
constexpr uint64_t kNpfFinal = uint64_t{1} << 32;
constexpr uint64_t kNpfGuestTable = uint64_t{1} << 33;

// EPT violations' exit qualification (Intel SDM vol. 3, table 28-7).
constexpr uint64_t kEptDataRead = 1 << 0;
constexpr uint64_t kEptDataWrite = 1 << 1;
constexpr uint64_t kEptFetch = 1 << 2;
constexpr int kEptRightsShift = 3;
constexpr uint64_t kEptLinearValid = 1 << 7;
constexpr uint64_t kEptFinal = 1 << 8;

// Why an entry ends the walk; for x86 formats the bits of the error code that say so.
constexpr uint64_t kNotPresent = 0;
constexpr uint64_t kProtected = kCodePresent;
constexpr uint64_t kMalformed = kCodePresent | kCodeReserved;

// `StructureHit::rights` of the guest dimension: gathered rights, and whether the table's page may
// be written in the nested dimension.
constexpr uint8_t kTableWritable = 1 << 4;

constexpr bool is_write(AccessKind kind) {
  return kind == AccessKind::kWrite;
}

constexpr uint64_t access_code(AccessKind kind, bool fetch_told) {
  return (is_write(kind) ? kCodeWrite : 0) |
         (kind == AccessKind::kExecute && fetch_told ? kCodeFetch : 0);
}

constexpr uint64_t ept_access(AccessKind kind) {
  return kind == AccessKind::kRead    ? kEptDataRead
         : kind == AccessKind::kWrite ? kEptDataWrite
                                      : kEptFetch;
}

// R, W, X of a nested dimension's access set.
constexpr uint64_t ept_rights(AccessSet allowed) {
  return allowed.bits() & 7;
}

}  // namespace detail

inline bool PageWalk::is_ept() const {
  return context_->nested.format == NestedFormat::kEpt;
}

inline void PageWalk::start(const TranslationContext& context, const WalkRules& rules,
                            WalkStructures structures, GuestVirtual address, Access access) {
  context_ = &context;
  structures_ = structures;
  virtual_address_ = address;
  access_ = access;
  rules_ = rules;
  guest_paged_ = true;
  vmm_mapped_ = false;
  nested_paged_ = false;
  from_structure_ = false;
  guest_rights_ = kAllRights;
  nested_allowed_ = AccessSet::all();
  nested_dirty_ = true;
  widest_ = PageSize::k1G;
  guest_level_ = context.guest.levels;
  nested_level_ = 0;
  memory_references_ = 0;
  segment_checks_ = 0;
  ad_updates_ = 0;
  fault_.kind = FaultKind::kNone;
  step_ = Step::kBegin;
}

constexpr PageWalk::Need PageWalk::need_of(Step step) {
  switch (step) {
    case Step::kGuestCheck:
      return Need::kGuestCheck;
    case Step::kVmmCheck:
      return Need::kVmmCheck;
    case Step::kGuestStructure:
      return Need::kGuestStructure;
    case Step::kNestedStructure:
      return Need::kNestedStructure;
    case Step::kNestedTlb:
      return Need::kNestedTlb;
    case Step::kGuestEntry:
    case Step::kNestedEntry:
      return Need::kRead;
    case Step::kGuestTableMarks:
    case Step::kGuestLeafMarks:
    case Step::kNestedTableMarks:
    case Step::kNestedLeafMarks:
      return Need::kSetBits;
    case Step::kGuestTableFill:
      return Need::kFillGuestStructure;
    case Step::kNestedTableFill:
      return Need::kFillNestedStructure;
    case Step::kNestedLeafFill:
      return Need::kFillNestedTlb;
    case Step::kBegin:
    case Step::kDone:
      break;
  }
  return Need::kDone;
}

template <PageWalk::Step step>
inline PageWalk::Step PageWalk::go_on() {
  if constexpr (step == Step::kBegin) return begin();
  if constexpr (step == Step::kGuestCheck) return after_guest_check();
  if constexpr (step == Step::kGuestStructure) return after_guest_structure();
  if constexpr (step == Step::kGuestEntry) return after_guest_entry();
  if constexpr (step == Step::kGuestTableMarks) return descend_guest();
  if constexpr (step == Step::kGuestTableFill) return read_guest_entry(host_address_);
  if constexpr (step == Step::kGuestLeafMarks) return finish_guest_leaf(leaf_size(guest_level_));
  if constexpr (step == Step::kVmmCheck) return after_vmm_check();
  if constexpr (step == Step::kNestedTlb) return after_nested_tlb();
  if constexpr (step == Step::kNestedStructure) return after_nested_structure();
  if constexpr (step == Step::kNestedEntry) return after_nested_entry();
  if constexpr (step == Step::kNestedTableMarks) return keep_nested_table();
  if constexpr (step == Step::kNestedTableFill) return descend_nested();
  if constexpr (step == Step::kNestedLeafMarks) return keep_nested_leaf();
  if constexpr (step == Step::kNestedLeafFill) return resolved();
  return Step::kDone;
}

/// Calls `take` with the step as a constant.
template <class Take>
inline auto PageWalk::dispatch(Step step, Take&& take) {
  switch (step) {
    case Step::kNestedEntry:
      return take(At<Step::kNestedEntry>());
    case Step::kGuestEntry:
      return take(At<Step::kGuestEntry>());
    case Step::kVmmCheck:
      return take(At<Step::kVmmCheck>());
    case Step::kNestedTlb:
      return take(At<Step::kNestedTlb>());
    case Step::kNestedStructure:
      return take(At<Step::kNestedStructure>());
    case Step::kNestedTableMarks:
      return take(At<Step::kNestedTableMarks>());
    case Step::kNestedTableFill:
      return take(At<Step::kNestedTableFill>());
    case Step::kNestedLeafMarks:
      return take(At<Step::kNestedLeafMarks>());
    case Step::kNestedLeafFill:
      return take(At<Step::kNestedLeafFill>());
    case Step::kGuestTableFill:
      return take(At<Step::kGuestTableFill>());
    case Step::kGuestTableMarks:
      return take(At<Step::kGuestTableMarks>());
    case Step::kGuestLeafMarks:
      return take(At<Step::kGuestLeafMarks>());
    case Step::kGuestCheck:
      return take(At<Step::kGuestCheck>());
    case Step::kGuestStructure:
      return take(At<Step::kGuestStructure>());
    case Step::kBegin:
      return take(At<Step::kBegin>());
    case Step::kDone:
      break;
  }
  return take(At<Step::kDone>());
}

inline PageWalk::Need PageWalk::advance() {
  step_ = dispatch(step_, [this](auto at) { return go_on<at>(); });
  return need_of(step_);
}

template <PageWalk::Need need, class Port>
inline void PageWalk::ask(Port& port) {
  if constexpr (need == Need::kGuestCheck) supply_check(port.check_guest(*this));
  if constexpr (need == Need::kVmmCheck) supply_check(port.check_vmm(*this));
  if constexpr (need == Need::kGuestStructure) supply_structure(port.guest_structure(*this));
  if constexpr (need == Need::kNestedStructure) supply_structure(port.nested_structure(*this));
  if constexpr (need == Need::kNestedTlb) supply_nested(port.nested_tlb(*this));
  if constexpr (need == Need::kRead) supply_entry(port.read(*this));
  if constexpr (need == Need::kSetBits) port.set_bits(*this);
  if constexpr (need == Need::kFillGuestStructure) port.fill_guest_structure(*this);
  if constexpr (need == Need::kFillNestedStructure) port.fill_nested_structure(*this);
  if constexpr (need == Need::kFillNestedTlb) port.fill_nested_tlb(*this);
}

template <class Port>
inline void PageWalk::run(Port& port) {
  Step step = step_;
  while (step != Step::kDone)
    step = dispatch(step, [&](auto at) {
      ask<need_of(at)>(port);
      return go_on<at>();
    });
  step_ = step;
}

// ---- guest dimension

inline PageWalk::Step PageWalk::begin() {
  if (!is_canonical(virtual_address_, context_->guest.levels)) return fail_not_canonical();
  if (context_->guest_segment.enabled()) return Step::kGuestCheck;
  return walk_guest();
}

inline PageWalk::Step PageWalk::after_guest_check() {
  ++segment_checks_;
  widest_ = smaller(widest_, check_.widest);
  if (!check_.maps()) return walk_guest();
  guest_paged_ = false;
  guest_allowed_ = AccessSet::all();
  guest_dirty_ = true;
  guest_level_ = 0;
  return resolve(GuestPhysical(check_.sum));
}

inline PageWalk::Step PageWalk::walk_guest() {
  if (structures_.guest_structure_cache) return Step::kGuestStructure;
  return walk_guest_from_root();
}

inline PageWalk::Step PageWalk::walk_guest_from_root() {
  guest_level_ = context_->guest.levels;
  guest_rights_ = kAllRights;
  return resolve(context_->guest.root + entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Step PageWalk::after_guest_structure() {
  if (structure_.level == 0) return walk_guest_from_root();
  guest_level_ = structure_.level;
  guest_rights_ = structure_.rights & kAllRights;
  table_writable_ = (structure_.rights & detail::kTableWritable) != 0;
  from_structure_ = true;
  return read_guest_entry(structure_.table + entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Step PageWalk::read_guest_entry(HostPhysical address) {
  entry_address_ = address;
  nested_level_ = 0;
  return Step::kGuestEntry;
}

inline PageWalk::Step PageWalk::after_guest_entry() {
  ++memory_references_;
  const EntryRules& rules = *rules_.guest;
  if (rules.is_plain_table(entry_, guest_level_)) {
    guest_rights_ &= static_cast<GatheredRights>(rules.rights_mask);
    return descend_guest();
  }
  rights_above_ = guest_rights_;
  if (guest_level_ == 1 && rules.is_plain_page(entry_)) {
    guest_rights_ &= static_cast<GatheredRights>(rules.rights_mask);
    return judge_guest_leaf(PageSize::k4K);
  }
  if (!rules.is_present(entry_)) return fail_guest(detail::kNotPresent);
  const bool leaf = EntryRules::is_leaf(entry_, guest_level_);
  if (rules.is_malformed(entry_, guest_level_, leaf)) return fail_guest(detail::kMalformed);
  guest_rights_ &= rules.rights(entry_);
  if (leaf) return judge_guest_leaf(leaf_size(guest_level_));
  const uint64_t bits = rules.accessed & ~entry_;
  return bits == 0 ? descend_guest() : set_guest_bits(bits, Step::kGuestTableMarks);
}

inline PageWalk::Step PageWalk::judge_guest_leaf(PageSize size) {
  guest_allowed_ = (*rules_.guest_allowed)[guest_rights_];
  if (!guest_allowed_.allows(access_)) return fail_guest(detail::kProtected);
  const EntryRules& rules = *rules_.guest;
  const uint64_t marks = rules.accessed | (detail::is_write(access_.kind) ? rules.dirty : 0);
  const uint64_t bits = marks & ~entry_;
  return bits == 0 ? finish_guest_leaf(size) : set_guest_bits(bits, Step::kGuestLeafMarks);
}

inline PageWalk::Step PageWalk::set_guest_bits(uint64_t bits, Step then) {
  if (!table_writable_) {
    // A cached pointer does not tell the gPA to report: walk anew without it.
    if (from_structure_) {
      structures_.guest_structure_cache = false;
      return walk_guest_from_root();
    }
    // A nested TLB entry may be older than the tables: ask them, then read the entry again.
    if (from_nested_tlb_) {
      guest_rights_ = rights_above_;
      return walk_nested();
    }
    return fail_ept_violation(detail::kEptDataWrite, detail::ept_rights(nested_allowed_));
  }
  ++ad_updates_;
  bits_ = bits;
  return then;
}

inline PageWalk::Step PageWalk::descend_guest() {
  --guest_level_;
  return resolve(GuestPhysical(entry_ & kFrameMask) +
                 entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Step PageWalk::finish_guest_leaf(PageSize size) {
  guest_size_ = size;
  guest_dirty_ = detail::is_write(access_.kind) || (entry_ & rules_.guest->dirty) != 0;
  translation_.global = GuestEntry(entry_).global();
  guest_level_ = 0;
  const GuestPhysical frame(entry_ & kFrameMask);
  return resolve(frame.align_down(size) + virtual_address_.offset(size));
}

// ---- one gPA -> hPA

inline PageWalk::Step PageWalk::resolve(GuestPhysical address) {
  physical_address_ = address;
  from_nested_tlb_ = false;
  if (!context_->virtualized) {
    host_address_ = unvirtualized(address);
    return resolved();
  }
  if (context_->vmm_segment.enabled()) return Step::kVmmCheck;
  return look_up_nested();
}

inline PageWalk::Step PageWalk::after_vmm_check() {
  ++segment_checks_;
  if (resolving_data()) widest_ = smaller(widest_, check_.widest);
  if (!check_.maps()) return look_up_nested();
  host_address_ = HostPhysical(check_.sum);
  vmm_mapped_ = resolving_data();
  nested_paged_ = false;
  nested_allowed_ = AccessSet::all();
  nested_dirty_ = true;
  return resolved();
}

inline PageWalk::Step PageWalk::look_up_nested() {
  nested_paged_ = true;
  if (!within_reach(physical_address_, context_->nested.levels)) {
    nested_rights_ = 0;
    return fail_nested(detail::kNotPresent);
  }
  if (structures_.nested_tlb) return Step::kNestedTlb;
  return walk_nested();
}

inline bool PageWalk::nested_hit_suffices() const {
  const AccessKind kind = nested_kind();
  return nested_hit_.hit && nested_hit_.allowed.allows({kind, true}) &&
         (nested_hit_.dirty || !detail::is_write(kind));
}

inline PageWalk::Step PageWalk::after_nested_tlb() {
  if (!nested_hit_suffices()) return walk_nested();
  host_address_ = nested_hit_.page + physical_address_.offset();
  nested_allowed_ = nested_hit_.allowed;
  nested_dirty_ = nested_hit_.dirty;
  nested_size_ = nested_hit_.size;
  from_nested_tlb_ = true;
  return resolved();
}

inline PageWalk::Step PageWalk::walk_nested() {
  from_nested_tlb_ = false;
  if (structures_.nested_structure_cache) return Step::kNestedStructure;
  nested_level_ = context_->nested.levels;
  nested_rights_ = kAllRights;
  return read_nested_entry(context_->nested.root);
}

inline PageWalk::Step PageWalk::after_nested_structure() {
  if (structure_.level == 0) {
    nested_level_ = context_->nested.levels;
    nested_rights_ = kAllRights;
    return read_nested_entry(context_->nested.root);
  }
  nested_level_ = structure_.level;
  nested_rights_ = structure_.rights;
  return read_nested_entry(structure_.table);
}

inline PageWalk::Step PageWalk::read_nested_entry(HostPhysical table) {
  entry_address_ = table + entry_offset(physical_address_.value(), nested_level_);
  return Step::kNestedEntry;
}

inline PageWalk::Step PageWalk::after_nested_entry() {
  ++memory_references_;
  const EntryRules& rules = *rules_.nested;
  if (rules.is_plain_table(entry_, nested_level_)) {
    nested_rights_ &= static_cast<GatheredRights>(rules.rights_mask);
    return keep_nested_table();
  }
  if (nested_level_ == 1 && rules.is_plain_page(entry_)) {
    nested_rights_ &= static_cast<GatheredRights>(rules.rights_mask);
    return judge_nested_leaf(PageSize::k4K);
  }
  const bool leaf = EntryRules::is_leaf(entry_, nested_level_);
  nested_rights_ &= rules.rights(entry_);
  if (!rules.is_present(entry_)) return fail_nested(detail::kNotPresent);
  if (rules.is_malformed(entry_, nested_level_, leaf)) return fail_nested(detail::kMalformed);
  if (leaf) return judge_nested_leaf(leaf_size(nested_level_));
  const uint64_t bits = rules.accessed & ~entry_;
  return bits == 0 ? keep_nested_table() : set_nested_bits(bits, Step::kNestedTableMarks);
}

inline PageWalk::Step PageWalk::judge_nested_leaf(PageSize size) {
  const AccessKind kind = nested_kind();
  nested_allowed_ = (*rules_.nested_allowed)[nested_rights_];
  if (!nested_allowed_.allows({kind, true})) return fail_nested(detail::kProtected);
  const EntryRules& rules = *rules_.nested;
  nested_size_ = size;
  nested_dirty_ = detail::is_write(kind) || (entry_ & rules.dirty) == rules.dirty;
  host_address_ =
      HostPhysical(entry_ & kFrameMask).align_down(size) + physical_address_.offset(size);
  const uint64_t marks = rules.accessed | (detail::is_write(kind) ? rules.dirty : 0);
  const uint64_t bits = marks & ~entry_;
  return bits == 0 ? keep_nested_leaf() : set_nested_bits(bits, Step::kNestedLeafMarks);
}

inline PageWalk::Step PageWalk::set_nested_bits(uint64_t bits, Step then) {
  ++ad_updates_;
  bits_ = bits;
  return then;
}

inline PageWalk::Step PageWalk::keep_nested_table() {
  --nested_level_;
  if (!structures_.nested_structure_cache) return descend_nested();
  assign(structure_, {nested_level_, HostPhysical(entry_ & kFrameMask), nested_rights_});
  return Step::kNestedTableFill;
}

inline PageWalk::Step PageWalk::descend_nested() {
  return read_nested_entry(HostPhysical(entry_ & kFrameMask));
}

inline PageWalk::Step PageWalk::keep_nested_leaf() {
  if (!structures_.nested_tlb || (resolving_data() && !structures_.nested_tlb_keeps_data))
    return resolved();
  assign(nested_hit_, {true, host_address_.align_down(PageSize::k4K), nested_allowed_,
                       nested_dirty_, nested_size_});
  return Step::kNestedLeafFill;
}

inline PageWalk::Step PageWalk::resolved() {
  if (resolving_data()) return complete();
  from_structure_ = false;
  table_writable_ = nested_allowed_.allows({AccessKind::kWrite, true});
  nested_level_ = 0;
  if (!structures_.guest_structure_cache || guest_level_ == context_->guest.levels)
    return read_guest_entry(host_address_);
  const uint8_t rights =
      static_cast<uint8_t>(guest_rights_ | (table_writable_ ? detail::kTableWritable : 0));
  assign(structure_, {guest_level_, host_address_.align_down(PageSize::k4K), rights});
  return Step::kGuestTableFill;
}

// ---- ends

inline PageWalk::Step PageWalk::complete() {
  PageSize size =
      guest_paged_ || nested_paged_ ? widest_ : smaller(widest_, structures_.segment_entry);
  if (guest_paged_) size = smaller(size, guest_size_);
  if (nested_paged_) size = smaller(size, nested_size_);
  if (!guest_paged_) translation_.global = false;
  translation_.address = host_address_;
  translation_.size = size;
  translation_.guest_page = guest_paged_ ? guest_size_ : PageSize::k4K;
  translation_.allowed = guest_allowed_ & nested_allowed_;
  translation_.dirty = guest_dirty_ && nested_dirty_;
  return Step::kDone;
}

inline PageWalk::Step PageWalk::fail_not_canonical() {
  fault_ = {FaultKind::kNotCanonical, 0, virtual_address_, {}};
  return Step::kDone;
}

inline PageWalk::Step PageWalk::fail_guest(uint64_t cause) {
  const GuestPaging& paging = context_->guest;
  const uint64_t code = cause |
                        detail::access_code(access_.kind, paging.nx_enabled || paging.smep) |
                        (access_.user ? detail::kCodeUser : 0);
  fault_ = {FaultKind::kGuestPage, code, virtual_address_, {}};
  return Step::kDone;
}

inline PageWalk::Step PageWalk::fail_nested(uint64_t cause) {
  const AccessKind kind = nested_kind();
  if (!is_ept()) {
    const uint64_t code = cause | detail::kCodeUser |
                          detail::access_code(kind, context_->nested.nx_enabled) |
                          (resolving_data() ? detail::kNpfFinal : detail::kNpfGuestTable);
    fault_ = {FaultKind::kNestedPage, code, virtual_address_, physical_address_};
    return Step::kDone;
  }
  if (cause == detail::kMalformed) {
    fault_ = {FaultKind::kEptMisconfiguration, 0, virtual_address_, physical_address_};
    return Step::kDone;
  }
  // With EPT's A and D on, a guest table access counts as a read and a write.
  const bool table_write = !resolving_data() && detail::is_write(kind);
  return fail_ept_violation(detail::ept_access(kind) | (table_write ? detail::kEptDataRead : 0),
                            nested_rights_);
}

inline PageWalk::Step PageWalk::fail_ept_violation(uint64_t access, uint64_t rights) {
  const uint64_t code = access | rights << detail::kEptRightsShift | detail::kEptLinearValid |
                        (resolving_data() ? detail::kEptFinal : 0);
  fault_ = {FaultKind::kEptViolation, code, virtual_address_, physical_address_};
  return Step::kDone;
}

}  // namespace nestwalk
