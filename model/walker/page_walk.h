// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/context/translation_context.h"
#include "model/paging/access.h"
#include "model/segment/segment_check.h"
#include "model/walker/fault.h"
#include "model/walker/translation.h"

namespace nestwalk {

/// Which helper structures a walk asks for; those that are off cost it nothing.
struct WalkStructures {
  bool guest_structure_cache = false;
  bool nested_structure_cache = false;
  bool nested_tlb = false;
};

/// What a paging-structure cache holds and answers: the table to go on with. `level` 0 is a miss.
struct StructureHit {
  int level = 0;               ///< Level of the table that `table` points to, 1 to 4.
  HostPhysical table{};        ///< Where it lies, nested translation done.
  uint8_t rights = 0;          ///< Rights gathered above it; opaque outside the walk.
};

/// What the nested TLB holds and answers: one 4K piece of the gPA -> hPA map.
struct NestedHit {
  bool hit = false;
  HostPhysical page{};         ///< 4K-aligned.
  AccessSet allowed;
  bool dirty = false;
};

/// One page walk as data: the state machine of spec 2.3 for all modes and both dimensions.
///
/// It reads nothing itself. `advance()` says what it needs next; the driver (a SystemC walker, timed
/// or not, a debug access, a test) finds the answer, supplies it and advances again until kDone:
///
///     walk.start(context, structures, address, access);
///     while (true) {
///       switch (walk.advance()) {
///         case PageWalk::Need::kRead: walk.supply_entry(memory.read(walk.host_address())); break;
///         ...
///         case PageWalk::Need::kDone: return walk.fault() ? ... : walk.translation();
///       }
///     }
///
/// The context must outlive the walk. Nothing is allocated.
class PageWalk {
 public:
  enum class Need : uint8_t {
    kGuestCheck,           ///< Compare `virtual_address()` with the guest segment: supply_check.
    kVmmCheck,             ///< Compare `physical_address()` with the VMM segment: supply_check.
    kGuestStructure,       ///< Look `virtual_address()` up, guest dimension: supply_structure.
    kNestedStructure,      ///< Look `physical_address()` up, nested dimension: supply_structure.
    kNestedTlb,            ///< Look the page of `physical_address()` up: supply_nested.
    kRead,                 ///< Read the 8-byte entry at `host_address()`: supply_entry.
    kSetBits,              ///< Set `bits()` in the entry at `host_address()` (A, D); no answer.
    kFillGuestStructure,   ///< Keep `structure_fill()` for `virtual_address()`; no answer.
    kFillNestedStructure,  ///< Keep `structure_fill()` for `physical_address()`; no answer.
    kFillNestedTlb,        ///< Keep `nested_fill()` for `physical_address()`; no answer.
    kDone,                 ///< `fault()` or `translation()` holds the answer.
  };

  void start(const TranslationContext& context, WalkStructures structures, GuestVirtual address,
             Access access);
  Need advance();

  void supply_check(const SegmentCheck& check);
  void supply_structure(const StructureHit& hit);
  void supply_nested(const NestedHit& hit);
  void supply_entry(uint64_t entry);

  GuestVirtual virtual_address() const;
  GuestPhysical physical_address() const;
  HostPhysical host_address() const;
  uint64_t bits() const;
  const StructureHit& structure_fill() const;
  const NestedHit& nested_fill() const;

  /// Where the walk stands: the guest level whose entry (or whose entry's gPA) is looked for, 5 to 1,
  /// 0 for the data gPA; and the nested level being read, 5 to 1, 0 for the guest entry itself.
  int guest_level() const;
  int nested_level() const;

  const Fault& fault() const;
  const Translation& translation() const;  ///< Valid without a fault.
  SegmentClass segment_class() const;      ///< Of the data address; valid without a fault.

  int memory_references() const;  ///< Table entries read.
  int segment_checks() const;     ///< Comparisons with levels that are on (spec 2.2).
  int ad_updates() const;         ///< Entries in which A or D was newly set.
};

}  // namespace nestwalk
