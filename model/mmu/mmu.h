// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>

#include "model/context/context_registers.h"
#include "model/mmu/mmu_config.h"
#include "model/segment/segment_unit_module.h"
#include "model/tlb/l1_tlb_module.h"
#include "model/tlb/l2_tlb_module.h"
#include "model/tlb/nested_tlb_module.h"
#include "model/tlm/clock.h"
#include "model/walker/page_walker_module.h"
#include "model/walker/structure_cache_module.h"

namespace nestwalk {

/// The assembled MMU of one core:
///
///     cpu -> L1 TLBs -> segment unit -> L2 TLB -> page walker -> tables
///              |                                   | | |
///              +-> memory       segment unit <-----+ | +-----> nested TLB (L2 TLB or its own)
///                               structure caches <---+
///
/// Its registers are written, and its TLBs invalidated, between any two references (spec 2.5).
/// Requests that are in flight at a change are answered under the registers they entered with, and
/// leave nothing in any TLB.
class Mmu : public sc_core::sc_module {
 public:
  /// How its parts are bound to each other: a test may put a checker between them. What passes
  /// there carries a TranslationExtension, or those of look-ups, and is refused without.
  using Connect = std::function<void(InitiatorSocket&, AnyTargetSocket&)>;
  /// What its segment unit is: the model's own or one that takes its place.
  using MakeSegmentUnit = std::function<std::unique_ptr<SegmentUnitModule>(
      const sc_core::sc_module_name&, const MmuConfig&, const Clock&)>;
  static std::unique_ptr<SegmentUnitModule> make_own_segment_unit(
      const sc_core::sc_module_name& name, const MmuConfig& config, const Clock& clock) {
    return std::make_unique<SegmentUnitModule>(name, config.latency, clock, config.segment_entry);
  }

  /// A part of `config` that no hardware can be (ways that do not divide entries, more than 2^18
  /// sets, tree PLRU of other than a power of two of ways, no walker) throws std::invalid_argument.
  /// An empty `connect` binds the parts directly.
  Mmu(const sc_core::sc_module_name& name, const MmuConfig& config, const Clock& clock,
      const Connect& connect = {},
      const MakeSegmentUnit& make_segment_unit = make_own_segment_unit);
  ~Mmu() override;

  /// Accesses by gVA, each within a 4K page; TranslationExtension says more of them.
  tlm::tlm_target_socket<64>& cpu() { return l1_tlb.cpu; }
  /// The same accesses by hPA. Unbound: they end with their translation.
  InitiatorSocket& memory() { return l1_tlb.memory; }
  /// 8-byte reads of table entries; A and D are set through DMI or debug transport of what is
  /// bound.
  InitiatorSocket& tables() { return walker.tables; }

  const MmuConfig& config() const { return config_; }
  const TranslationContext& context() const { return registers_.context(); }
  const ContextTags& tags() const { return registers_.tags(); }
  /// Another number after every change of registers, tables or TLB contents.
  uint32_t epoch() const { return registers_.epoch(); }

  // Registers. Before the first write: native, CR3 0, no segments. A filter may be nullptr: nothing
  // escapes. It is copied: what is inserted later counts when it is written again. These calls take
  // no time: who makes them waits for `config().latency.register_write` or `.invalidation`. The low
  // 12 bits of a root are no part of it. Throws std::invalid_argument, and changes nothing, if
  // levels are not 4 or 5, or MAXPHYADDR not 36 to 52.

  // Switches: entries are tagged, so nothing is dropped (spec 2.5). Whose segment, filter or root
  // is another than when it ran last, under the same tags, has entries of the old one: change those
  // by the writes below, or invalidate.

  /// Another process (MOV CR3, bit 63 as `keep`) of the running VM, with its guest segment and
  /// filter. Without `keep` the new PCID's entries are dropped, globals excepted.
  void load_process(const GuestPaging& paging, Pcid pcid, const GuestSegment& segment,
                    const EscapeFilter* filter, bool keep);
  /// Another VM (VM entry with VPID): everything about it.
  void load_vm(const TranslationContext& context);
  /// Another nested root for the running VM (EPTP).
  void load_nested_root(HostPhysical root);

  // Writes that drop what the old setting made (spec 2.5).

  void write_guest_segment(const GuestSegment& segment);
  void write_vmm_segment(const VmmSegment& segment);
  /// The filters' content, or which filter it is, has changed.
  void write_guest_filter(const EscapeFilter* filter);
  void write_vmm_filter(const EscapeFilter* filter);

  // Invalidations (Intel SDM vol. 3, 4.10.4 and 29.4.3). All paging-structure-cache entries of a
  // context go with any invalidation of it. INVVPID leaves gPA -> hPA entries, INVEPT takes all
  // that came by the root.

  void invlpg(GuestVirtual address);
  void invpcid_address(GuestVirtual address, Pcid pcid);
  void invpcid_single(Pcid pcid);  ///< Globals kept.
  void invpcid_all_with_globals();
  void invpcid_all();  ///< Globals kept.
  void invvpid_address(GuestVirtual address, Vpid vpid);
  void invvpid_single(Vpid vpid);
  void invvpid_single_keep_globals(Vpid vpid);
  void invvpid_all();  ///< Of every VPID but 0, the host's.
  void invept_single(HostPhysical root);
  void invept_all();

  /// Whether nothing is bound between its parts.
  bool is_connected_directly() const { return connected_directly_; }

  /// Requests inside; the watchdog prints what holds them.
  size_t in_flight() const { return l1_tlb.in_flight(); }
  /// Of all parts here; caches and memory behind the sockets have their own.
  void reset_statistics();

 private:
  using Key = ContextTagTable::Key;

  static void check(const TranslationContext& context);
  void set(const TranslationContext& context);
  void empty();
  void changed();
  /// Drops TLB entries that satisfy `dead(const L2Tlb::Array::Entry&)`.
  template <class Predicate>
  void drop_entries(Predicate dead);
  /// Drops entries whose context satisfies `dead(const Key&)`, of the named kinds.
  template <class Predicate>
  void drop(Predicate dead);
  /// Drops TLB entries of one address likewise; the structure caches' of the contexts whole.
  template <class Predicate>
  void drop_address(GuestVirtual address, Predicate dead);
  bool is_running(const Key& key) const;
  bool has_own_global();

  MmuConfig config_;
  bool connected_directly_;
  ContextRegisters registers_;

 public:
  L1TlbModule l1_tlb;

 private:
  std::unique_ptr<SegmentUnitModule> segment_unit_;

 public:
  SegmentUnitModule& segment_unit;
  L2TlbModule l2_tlb;
  PageWalker walker;
  StructureCaches structure_caches;
  std::unique_ptr<NestedTlbModule> nested_tlb;  ///< Only if dedicated.
};

}  // namespace nestwalk
