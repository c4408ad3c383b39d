// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/address/address.h"
#include "model/context/translation_context.h"
#include "model/paging/access.h"
#include "sim/software/fault_counts.h"
#include "sim/software/known_mappings.h"

namespace nestwalk {

class MmuPort;
struct SoftwareReport;

/// The guest OS and the VMM as the processor sees them (spec 3): they give it its registers, and
/// serve what does not translate. No SystemC.
///
/// The processor asks `is_mapped` before it sends a request that missed the L1 TLB, and lets the
/// software `serve` the address if not: the attempt that would have faulted never happens, as the
/// counting rules want it (a served access counts once). `serve` counts the faults that hardware
/// would have taken. The writes of tables bypass the caches.
///
/// Each function that changes registers returns the new ones; the processor loads them into the
/// machine, which drops the TLB entries that they outdate.
class SystemSoftware {
 public:
  virtual ~SystemSoftware();
  SystemSoftware(const SystemSoftware&) = delete;
  SystemSoftware& operator=(const SystemSoftware&) = delete;

  /// Whether the address is known to translate without a fault under the current registers, for a
  /// load or fetch, or for a store. False only sends the processor to `serve`.
  bool is_mapped(GuestVirtual address, bool store) const {
    return known_.is_mapped(address, store);
  }
  /// What that is told by.
  const KnownMappings& known_mappings() const { return known_; }

  /// Makes the address translatable for the access under the current registers. Throws InputError
  /// if no software could: the address is not canonical, memory is full.
  virtual void serve(GuestVirtual address, Access access) = 0;

  /// Where changes that `serve` and `act` make reach the MMUs; outlives the software's use.
  virtual void attach(MmuPort&) {}

  static constexpr uint64_t kNever = ~uint64_t{0};
  /// Data references after which the software wants to `act`; asked anew after each time.
  virtual uint64_t next_action() const { return kNever; }
  /// Does what is due after so many data references, between two of them, with none in flight.
  virtual void act(uint64_t /*references*/) {}
  /// Before a control operation of the stream: after how many data references it stands.
  virtual void stand_at(uint64_t /*references*/) {}
  /// Cycles that operations (not faults) have taken so far.
  virtual uint64_t operation_cycles() const { return 0; }
  /// Whether what is mapped may come to fault: then nothing may be in flight at `serve` either.
  virtual bool changes_mappings() const { return false; }

  /// Whether it wants to be told of every store that is done, to which address of host memory.
  virtual bool watches_stores() const { return false; }
  virtual void stored(GuestVirtual /*address*/, HostPhysical /*place*/) {}

  /// The 4K frame of host memory in which a page would lie if none were bad.
  virtual HostPhysical without_bad_pages(HostPhysical frame) const { return frame; }
  /// The size of the page that the guest OS would map an address by if no frame were bad; `found`:
  /// of the one that is mapped.
  virtual PageSize page_without_bad_pages(GuestVirtual /*address*/, PageSize found) const {
    return found;
  }

  /// What it has done; unset: it does nothing that is worth it.
  virtual std::optional<SoftwareReport> report() const;

  /// Faults served so far.
  const FaultCounts& faults() const { return faults_; }

  /// Has all other functions be about this core from here on: what it runs, and its registers.
  /// Cores begin alike. Returns its registers.
  virtual const TranslationContext& select(size_t /*core*/) { return context_; }
  /// Whether cores can run different things. If not, all do the same, and `select` does nothing.
  virtual bool tells_cores_apart() const { return false; }

  /// Whether the running process has run under other PCIDs too, which may have entries in TLBs.
  virtual bool has_other_pcids() const { return false; }

  /// Whether the running PCID was given to another process of the VM too.
  virtual bool has_shared_pcid() const { return false; }

  /// All registers that decide translation, of the selected core, at first core 0. The object stays
  /// the same; its values change by `select` and the functions below.
  const TranslationContext& context() const { return context_; }

  /// MOV CR3 (ControlOperation::kCr3): runs the address space of this name, made at its first use,
  /// with its own tables, guest segment and filter, under a PCID.
  virtual const TranslationContext& switch_process(uint64_t name, Pcid pcid) = 0;
  /// VM entry (kVpid): runs the VM, made at its first use, where it stopped. Throws InputError for
  /// VPID 0 of a virtualized machine: that is the host itself.
  virtual const TranslationContext& switch_vm(Vpid vpid) = 0;
  /// A write of the EPTP or nCR3 (kEptp): the running VM uses the nested map of this name from
  /// here; made, empty, at its first use.
  virtual const TranslationContext& set_nested_root(uint64_t name) = 0;
  /// The root of that map, for an INVEPT that names it; unset: none of this name was ever used.
  virtual std::optional<HostPhysical> nested_root(uint64_t name) const = 0;

  /// Writes of the segment registers from outside: by an event of the stream. What the segments no
  /// longer translate is mapped by paging when it is touched. Throw InputError if a segment would
  /// take the guest out of its memory.
  virtual const TranslationContext& set_guest_segment(const GuestSegment& segment) = 0;
  virtual const TranslationContext& set_vmm_segment(const VmmSegment& segment) = 0;

  /// Writes of the escape filters from outside; page numbers of gVA, of gPA. Throw InputError if
  /// the machine has no such filter.
  virtual const TranslationContext& insert_guest_escape(uint64_t page) = 0;
  virtual const TranslationContext& clear_guest_escapes() = 0;
  virtual const TranslationContext& insert_vmm_escape(uint64_t page) = 0;
  virtual const TranslationContext& clear_vmm_escapes() = 0;

 protected:
  SystemSoftware() = default;

  TranslationContext context_;
  FaultCounts faults_;
  KnownMappings known_;
};

}  // namespace nestwalk
