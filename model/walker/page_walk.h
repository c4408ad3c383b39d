// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "model/context/translation_context.h"
#include "model/paging/access.h"
#include "model/paging/entry_rules.h"
#include "model/translation/fault.h"
#include "model/translation/nested_hit.h"
#include "model/translation/segment_check.h"
#include "model/translation/structure_hit.h"
#include "model/translation/translation.h"
#include "model/walker/walker_config.h"

namespace nestwalk {

/// What a context says of its tables, looked up once for many walks.
struct WalkRules {
  /// Throws std::invalid_argument if a MAXPHYADDR of the context is not 36 to 52.
  explicit WalkRules(const TranslationContext& context);
  WalkRules() = default;

  const EntryRules* guest = nullptr;
  const RightsTable* guest_allowed = nullptr;
  const EntryRules* nested = nullptr;  ///< If virtualized, as the others of this dimension.
  const RightsTable* nested_allowed = nullptr;
  /// What an access to a guest table is in the nested dimension.
  AccessKind table_access = AccessKind::kRead;
};

/// One page walk as data: the state machine of spec 2.3 for all modes and both dimensions.
///
/// It reads nothing itself. `advance()` says what it needs next; the driver (a SystemC walker, a
/// test) finds the answer, supplies it and advances again until kDone:
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
/// A driver that has its answers at once gives the walk a port that answers, and `run`s it: the
/// same steps, built into one loop with the answers.
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

  /// Not constexpr on purpose: as a constant, a walk would be cleared as a whole before each use.
  PageWalk() {}  // NOLINT(modernize-use-equals-default)

  /// `rules` are of this very context; without them, throws as WalkRules.
  void start(const TranslationContext& context, const WalkRules& rules, WalkStructures structures,
             GuestVirtual address, Access access);
  void start(const TranslationContext& context, WalkStructures structures, GuestVirtual address,
             Access access) {
    start(context, WalkRules(context), structures, address, access);
  }
  Need advance();

  /// The rest of the walk. `port` answers each need when it is told of it; members that the context
  /// and the structures never ask for must be there all the same (`PlainPort`):
  ///
  ///     SegmentCheck check_guest(const PageWalk&), check_vmm(const PageWalk&);
  ///     StructureHit guest_structure(const PageWalk&), nested_structure(const PageWalk&);
  ///     NestedHit nested_tlb(const PageWalk&);
  ///     uint64_t read(const PageWalk&);
  ///     void set_bits(const PageWalk&);
  ///     void fill_guest_structure(const PageWalk&), fill_nested_structure(const PageWalk&);
  ///     void fill_nested_tlb(const PageWalk&);
  template <class Port>
  void run(Port& port);

  void supply_check(const SegmentCheck& check) { check_ = check; }
  void supply_structure(const StructureHit& hit) { assign(structure_, hit); }
  void supply_nested(const NestedHit& hit) { assign(nested_hit_, hit); }
  void supply_entry(uint64_t entry) { entry_ = entry; }

  GuestVirtual virtual_address() const { return virtual_address_; }
  GuestPhysical physical_address() const { return physical_address_; }
  HostPhysical host_address() const { return entry_address_; }
  /// The largest SegmentCheck::widest that a kVmmCheck has use for.
  PageSize widest_useful() const {
    if (guest_level_ != 0) return PageSize::k4K;
    return guest_paged_ ? guest_size_ : PageSize::k1G;
  }
  uint64_t bits() const { return bits_; }
  const StructureHit& structure_fill() const { return structure_; }
  const NestedHit& nested_fill() const { return nested_hit_; }
  /// Whether the nested TLB's answer is a hit that allows the access.
  bool nested_hit_suffices() const;

  /// Where the walk stands: the guest level whose entry (or whose entry's gPA) is looked for, 5 to
  /// 1, 0 for the data gPA; and the nested level being read, 5 to 1, 0 for the guest entry itself.
  int guest_level() const { return guest_level_; }
  int nested_level() const { return nested_level_; }

  const Fault& fault() const { return fault_; }
  const Translation& translation() const { return translation_; }  ///< Valid without a fault.
  /// Of the data address; valid without a fault.
  SegmentClass segment_class() const { return nestwalk::segment_class(!guest_paged_, vmm_mapped_); }

  int memory_references() const { return memory_references_; }  ///< Table entries read.
  /// Comparisons with levels that are on (spec 2.2).
  int segment_checks() const { return segment_checks_; }
  int ad_updates() const { return ad_updates_; }  ///< Entries in which A or D was newly set.

 private:
  /// Where the walk stands: what it waits for, and why.
  enum class Step : uint8_t {
    kBegin,
    kGuestCheck,
    kGuestStructure,
    kVmmCheck,
    kNestedTlb,
    kNestedStructure,
    kNestedEntry,
    kNestedTableMarks,  ///< A of an entry that points to a table.
    kNestedTableFill,
    kNestedLeafMarks,  ///< A and D of a leaf.
    kNestedLeafFill,
    kGuestTableFill,
    kGuestEntry,
    kGuestTableMarks,
    kGuestLeafMarks,
    kDone,
  };

  template <Step step>
  using At = std::integral_constant<Step, step>;

  static constexpr Need need_of(Step step);
  /// The answer is there: the next step.
  template <Step step>
  Step go_on();
  template <class Take>
  static auto dispatch(Step step, Take&& take);
  template <Need need, class Port>
  void ask(Port& port);

  // Field by field: a copy in wide words would wait for the narrow stores that have just made it.
  static void assign(StructureHit& to, const StructureHit& from) {
    to.level = from.level;
    to.table = from.table;
    to.rights = from.rights;
  }
  static void assign(NestedHit& to, const NestedHit& from) {
    to.hit = from.hit;
    to.page = from.page;
    to.allowed = from.allowed;
    to.dirty = from.dirty;
    to.size = from.size;
  }

  // Guest dimension: gVA -> gPA.
  Step begin();
  Step after_guest_check();
  Step walk_guest();
  Step walk_guest_from_root();
  Step after_guest_structure();
  Step read_guest_entry(HostPhysical address);
  Step after_guest_entry();
  Step descend_guest();
  Step judge_guest_leaf(PageSize size);
  Step finish_guest_leaf(PageSize size);
  Step set_guest_bits(uint64_t bits, Step then);

  // One gPA -> hPA, by the VMM segment or the nested dimension.
  Step resolve(GuestPhysical address);
  Step after_vmm_check();
  Step look_up_nested();
  Step after_nested_tlb();
  Step walk_nested();
  Step after_nested_structure();
  Step read_nested_entry(HostPhysical table);
  Step after_nested_entry();
  Step judge_nested_leaf(PageSize size);
  Step keep_nested_table();
  Step descend_nested();
  Step keep_nested_leaf();
  Step set_nested_bits(uint64_t bits, Step then);
  Step resolved();

  Step complete();
  Step fail_not_canonical();
  Step fail_guest(uint64_t cause);
  Step fail_nested(uint64_t cause);
  Step fail_ept_violation(uint64_t access, uint64_t rights);

  bool resolving_data() const { return guest_level_ == 0; }
  bool is_ept() const;
  /// What the access to `physical_address_` is in the nested dimension.
  AccessKind nested_kind() const { return resolving_data() ? access_.kind : rules_.table_access; }

  Step step_ = Step::kDone;
  bool guest_paged_ = false;
  bool vmm_mapped_ = false;
  bool nested_paged_ = false;
  bool table_writable_ = false;   ///< Whether A and D may be set in the guest table being read.
  bool from_structure_ = false;   ///< That table came from a structure cache: its gPA is unknown.
  bool from_nested_tlb_ = false;  ///< `host_address_` came from the nested TLB.
  GatheredRights guest_rights_ = kAllRights;
  GatheredRights rights_above_ = kAllRights;  ///< The same before the guest entry just read.
  GatheredRights nested_rights_ = kAllRights;
  PageSize guest_size_ = PageSize::k4K;
  PageSize nested_size_ = PageSize::k4K;
  PageSize widest_ = PageSize::k1G;  ///< That the segment checks of gVA and data gPA leave.
  AccessSet guest_allowed_;
  AccessSet nested_allowed_;
  bool guest_dirty_ = false;
  bool nested_dirty_ = false;
  Access access_;
  WalkStructures structures_;
  int guest_level_ = 0;
  int nested_level_ = 0;
  int memory_references_ = 0;
  int segment_checks_ = 0;
  int ad_updates_ = 0;

  const TranslationContext* context_ = nullptr;
  WalkRules rules_;

  GuestVirtual virtual_address_{};
  GuestPhysical physical_address_{};
  HostPhysical host_address_{};  ///< Of `physical_address_`, once resolved.
  HostPhysical entry_address_{};
  uint64_t entry_ = 0;
  uint64_t bits_ = 0;
  SegmentCheck check_;
  StructureHit structure_;
  NestedHit nested_hit_;
  Fault fault_;
  Translation translation_;
};

}  // namespace nestwalk

#include "model/walker/page_walk_steps.h"
