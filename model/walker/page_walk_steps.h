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

inline PageWalk::Need PageWalk::advance() {
  switch (step_) {
    case Step::kNestedEntry:
      return after_nested_entry();
    case Step::kGuestEntry:
      return after_guest_entry();
    case Step::kVmmCheck:
      return after_vmm_check();
    case Step::kNestedTlb:
      return after_nested_tlb();
    case Step::kNestedStructure:
      return after_nested_structure();
    case Step::kNestedTableAccessed:
      return keep_nested_table();
    case Step::kNestedTableKept:
      return descend_nested();
    case Step::kNestedLeafMarked:
      return keep_nested_leaf();
    case Step::kNestedLeafKept:
      return resolved();
    case Step::kGuestTableKept:
      return read_guest_entry(host_address_);
    case Step::kGuestTableAccessed:
      return descend_guest();
    case Step::kGuestLeafMarked:
      return finish_guest_leaf();
    case Step::kBegin:
      return begin();
    case Step::kGuestCheck:
      return after_guest_check();
    case Step::kGuestStructure:
      return after_guest_structure();
    case Step::kDone:
      break;
  }
  return Need::kDone;
}

// ---- guest dimension

inline PageWalk::Need PageWalk::begin() {
  if (!is_canonical(virtual_address_, context_->guest.levels)) return fail_not_canonical();
  if (context_->guest_segment.enabled()) return ask(Need::kGuestCheck, Step::kGuestCheck);
  return walk_guest();
}

inline PageWalk::Need PageWalk::after_guest_check() {
  ++segment_checks_;
  widest_ = smaller(widest_, check_.widest);
  if (!check_.maps()) return walk_guest();
  guest_paged_ = false;
  guest_allowed_ = AccessSet::all();
  guest_dirty_ = true;
  guest_level_ = 0;
  return resolve(GuestPhysical(check_.sum));
}

inline PageWalk::Need PageWalk::walk_guest() {
  if (structures_.guest_structure_cache) return ask(Need::kGuestStructure, Step::kGuestStructure);
  return walk_guest_from_root();
}

inline PageWalk::Need PageWalk::walk_guest_from_root() {
  guest_level_ = context_->guest.levels;
  guest_rights_ = kAllRights;
  return resolve(context_->guest.root + entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Need PageWalk::after_guest_structure() {
  if (structure_.level == 0) return walk_guest_from_root();
  guest_level_ = structure_.level;
  guest_rights_ = structure_.rights & kAllRights;
  table_writable_ = (structure_.rights & detail::kTableWritable) != 0;
  from_structure_ = true;
  return read_guest_entry(structure_.table + entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Need PageWalk::read_guest_entry(HostPhysical address) {
  entry_address_ = address;
  nested_level_ = 0;
  return ask(Need::kRead, Step::kGuestEntry);
}

inline PageWalk::Need PageWalk::after_guest_entry() {
  ++memory_references_;
  const EntryRules& rules = *rules_.guest;
  if (!rules.is_present(entry_)) return fail_guest(detail::kNotPresent);
  const bool leaf = EntryRules::is_leaf(entry_, guest_level_);
  if (rules.is_malformed(entry_, guest_level_, leaf)) return fail_guest(detail::kMalformed);
  guest_rights_ &= rules.rights(entry_);
  if (!leaf) {
    const uint64_t bits = rules.accessed & ~entry_;
    return bits == 0 ? descend_guest() : set_guest_bits(bits, Step::kGuestTableAccessed);
  }
  guest_allowed_ = (*rules_.guest_allowed)[guest_rights_];
  if (!guest_allowed_.allows(access_)) return fail_guest(detail::kProtected);
  const uint64_t marks = rules.accessed | (detail::is_write(access_.kind) ? rules.dirty : 0);
  const uint64_t bits = marks & ~entry_;
  return bits == 0 ? finish_guest_leaf() : set_guest_bits(bits, Step::kGuestLeafMarked);
}

inline PageWalk::Need PageWalk::set_guest_bits(uint64_t bits, Step then) {
  if (!table_writable_) {
    // A cached pointer does not tell the gPA to report: walk anew without it.
    if (from_structure_) {
      structures_.guest_structure_cache = false;
      return walk_guest_from_root();
    }
    return fail_ept_violation(detail::kEptDataWrite, detail::ept_rights(nested_allowed_));
  }
  ++ad_updates_;
  bits_ = bits;
  return ask(Need::kSetBits, then);
}

inline PageWalk::Need PageWalk::descend_guest() {
  --guest_level_;
  return resolve(GuestPhysical(entry_ & kFrameMask) +
                 entry_offset(virtual_address_.value(), guest_level_));
}

inline PageWalk::Need PageWalk::finish_guest_leaf() {
  guest_size_ = leaf_size(guest_level_);
  guest_dirty_ = detail::is_write(access_.kind) || (entry_ & rules_.guest->dirty) != 0;
  translation_.global = GuestEntry(entry_).global();
  guest_level_ = 0;
  const GuestPhysical frame(entry_ & kFrameMask);
  return resolve(frame.align_down(guest_size_) + virtual_address_.offset(guest_size_));
}

// ---- one gPA -> hPA

inline PageWalk::Need PageWalk::resolve(GuestPhysical address) {
  physical_address_ = address;
  if (!context_->virtualized) {
    host_address_ = unvirtualized(address);
    return resolved();
  }
  if (context_->vmm_segment.enabled()) return ask(Need::kVmmCheck, Step::kVmmCheck);
  return look_up_nested();
}

inline PageWalk::Need PageWalk::after_vmm_check() {
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

inline PageWalk::Need PageWalk::look_up_nested() {
  nested_paged_ = true;
  if (!within_reach(physical_address_, context_->nested.levels)) {
    nested_rights_ = 0;
    return fail_nested(detail::kNotPresent);
  }
  if (structures_.nested_tlb) return ask(Need::kNestedTlb, Step::kNestedTlb);
  return walk_nested();
}

inline PageWalk::Need PageWalk::after_nested_tlb() {
  const AccessKind kind = nested_kind();
  const bool suffices = nested_hit_.hit && nested_hit_.allowed.allows({kind, true}) &&
                        (nested_hit_.dirty || !detail::is_write(kind));
  if (!suffices) return walk_nested();
  host_address_ = nested_hit_.page + physical_address_.offset();
  nested_allowed_ = nested_hit_.allowed;
  nested_dirty_ = nested_hit_.dirty;
  nested_size_ = nested_hit_.size;
  return resolved();
}

inline PageWalk::Need PageWalk::walk_nested() {
  if (structures_.nested_structure_cache)
    return ask(Need::kNestedStructure, Step::kNestedStructure);
  nested_level_ = context_->nested.levels;
  nested_rights_ = kAllRights;
  return read_nested_entry(context_->nested.root);
}

inline PageWalk::Need PageWalk::after_nested_structure() {
  if (structure_.level == 0) {
    nested_level_ = context_->nested.levels;
    nested_rights_ = kAllRights;
    return read_nested_entry(context_->nested.root);
  }
  nested_level_ = structure_.level;
  nested_rights_ = structure_.rights;
  return read_nested_entry(structure_.table);
}

inline PageWalk::Need PageWalk::read_nested_entry(HostPhysical table) {
  entry_address_ = table + entry_offset(physical_address_.value(), nested_level_);
  return ask(Need::kRead, Step::kNestedEntry);
}

inline PageWalk::Need PageWalk::after_nested_entry() {
  ++memory_references_;
  const EntryRules& rules = *rules_.nested;
  const bool leaf = EntryRules::is_leaf(entry_, nested_level_);
  nested_rights_ &= rules.rights(entry_);
  if (!rules.is_present(entry_)) return fail_nested(detail::kNotPresent);
  if (rules.is_malformed(entry_, nested_level_, leaf)) return fail_nested(detail::kMalformed);
  if (!leaf) {
    const uint64_t bits = rules.accessed & ~entry_;
    return bits == 0 ? keep_nested_table() : set_nested_bits(bits, Step::kNestedTableAccessed);
  }
  const AccessKind kind = nested_kind();
  nested_allowed_ = (*rules_.nested_allowed)[nested_rights_];
  if (!nested_allowed_.allows({kind, true})) return fail_nested(detail::kProtected);
  nested_size_ = leaf_size(nested_level_);
  nested_dirty_ = detail::is_write(kind) || (entry_ & rules.dirty) == rules.dirty;
  host_address_ = HostPhysical(entry_ & kFrameMask).align_down(nested_size_) +
                  physical_address_.offset(nested_size_);
  const uint64_t marks = rules.accessed | (detail::is_write(kind) ? rules.dirty : 0);
  const uint64_t bits = marks & ~entry_;
  return bits == 0 ? keep_nested_leaf() : set_nested_bits(bits, Step::kNestedLeafMarked);
}

inline PageWalk::Need PageWalk::set_nested_bits(uint64_t bits, Step then) {
  ++ad_updates_;
  bits_ = bits;
  return ask(Need::kSetBits, then);
}

inline PageWalk::Need PageWalk::keep_nested_table() {
  --nested_level_;
  if (!structures_.nested_structure_cache) return descend_nested();
  assign(structure_, {nested_level_, HostPhysical(entry_ & kFrameMask), nested_rights_});
  return ask(Need::kFillNestedStructure, Step::kNestedTableKept);
}

inline PageWalk::Need PageWalk::descend_nested() {
  return read_nested_entry(HostPhysical(entry_ & kFrameMask));
}

inline PageWalk::Need PageWalk::keep_nested_leaf() {
  if (!structures_.nested_tlb) return resolved();
  assign(nested_hit_, {true, host_address_.align_down(PageSize::k4K), nested_allowed_,
                       nested_dirty_, nested_size_});
  return ask(Need::kFillNestedTlb, Step::kNestedLeafKept);
}

inline PageWalk::Need PageWalk::resolved() {
  if (resolving_data()) return complete();
  from_structure_ = false;
  table_writable_ = nested_allowed_.allows({AccessKind::kWrite, true});
  nested_level_ = 0;
  if (!structures_.guest_structure_cache || guest_level_ == context_->guest.levels)
    return read_guest_entry(host_address_);
  const uint8_t rights =
      static_cast<uint8_t>(guest_rights_ | (table_writable_ ? detail::kTableWritable : 0));
  assign(structure_, {guest_level_, host_address_.align_down(PageSize::k4K), rights});
  return ask(Need::kFillGuestStructure, Step::kGuestTableKept);
}

// ---- ends

inline PageWalk::Need PageWalk::complete() {
  PageSize size = guest_paged_ || nested_paged_ ? widest_ : PageSize::k4K;
  if (guest_paged_) size = smaller(size, guest_size_);
  if (nested_paged_) size = smaller(size, nested_size_);
  if (!guest_paged_) translation_.global = false;
  translation_.address = host_address_;
  translation_.size = size;
  translation_.guest_page = guest_paged_ ? guest_size_ : PageSize::k4K;
  translation_.allowed = guest_allowed_ & nested_allowed_;
  translation_.dirty = guest_dirty_ && nested_dirty_;
  return ask(Need::kDone, Step::kDone);
}

inline PageWalk::Need PageWalk::fail_not_canonical() {
  fault_ = {FaultKind::kNotCanonical, 0, virtual_address_, {}};
  return ask(Need::kDone, Step::kDone);
}

inline PageWalk::Need PageWalk::fail_guest(uint64_t cause) {
  const GuestPaging& paging = context_->guest;
  const uint64_t code = cause |
                        detail::access_code(access_.kind, paging.nx_enabled || paging.smep) |
                        (access_.user ? detail::kCodeUser : 0);
  fault_ = {FaultKind::kGuestPage, code, virtual_address_, {}};
  return ask(Need::kDone, Step::kDone);
}

inline PageWalk::Need PageWalk::fail_nested(uint64_t cause) {
  const AccessKind kind = nested_kind();
  if (!is_ept()) {
    const uint64_t code = cause | detail::kCodeUser |
                          detail::access_code(kind, context_->nested.nx_enabled) |
                          (resolving_data() ? detail::kNpfFinal : detail::kNpfGuestTable);
    fault_ = {FaultKind::kNestedPage, code, virtual_address_, physical_address_};
    return ask(Need::kDone, Step::kDone);
  }
  if (cause == detail::kMalformed) {
    fault_ = {FaultKind::kEptMisconfiguration, 0, virtual_address_, physical_address_};
    return ask(Need::kDone, Step::kDone);
  }
  // With EPT's A and D on, a guest table access counts as a read and a write.
  const bool table_write = !resolving_data() && detail::is_write(kind);
  return fail_ept_violation(detail::ept_access(kind) | (table_write ? detail::kEptDataRead : 0),
                            nested_rights_);
}

inline PageWalk::Need PageWalk::fail_ept_violation(uint64_t access, uint64_t rights) {
  const uint64_t code = access | rights << detail::kEptRightsShift | detail::kEptLinearValid |
                        (resolving_data() ? detail::kEptFinal : 0);
  fault_ = {FaultKind::kEptViolation, code, virtual_address_, physical_address_};
  return ask(Need::kDone, Step::kDone);
}

}  // namespace nestwalk
