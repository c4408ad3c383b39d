// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/timing/latency_table.h"
#include "sim/processor/processor_config.h"
#include "sim/software/mmu_port.h"
#include "sim/software/system_software.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// Applies the control operations of a stream: the software side first, which owns tables and
/// register values, then the MMUs. What the software side does of itself reaches the MMUs here too.
///
/// What a core runs (CR3, VPID, EPTP) is its own affair. Segments and filters belong to a process
/// or a VM: a write reaches the registers of every core that runs it, and the entries that it
/// outdates go on all cores. Invalidations reach all cores, as software would see to (spec 2.5).
class Control : public MmuPort {
 public:
  Control(SystemSoftware& software, const std::vector<Mmu*>& mmus, const LatencyTable& latency,
          OwnContext own_context = OwnContext::kLoaded)
      : software_(software),
        mmus_(mmus),
        latency_(latency),
        own_context_(own_context),
        latches_(mmus.size()) {}

  /// Returns the cycles it took on the core whose operation it is. Throws InputError if the operand
  /// makes no sense.
  Cycles apply(const Reference& reference, size_t core);

  /// Called after every change of the MMUs; may be empty.
  std::function<void()> on_change;

  void write_guest_segment(const TranslationContext& context) override;
  void write_guest_filter(const TranslationContext& context) override;
  void write_vmm_segment(const TranslationContext& context) override;
  void write_vmm_filter(const TranslationContext& context) override;
  void write_nested_root(const TranslationContext& context) override;
  void invalidate_page(GuestVirtual page, Pcid pcid) override;
  void invalidate_vm(Vpid vpid) override;
  void invalidate_nested(HostPhysical root) override;

 private:
  /// BASE and OFFSET as written, which count with the next write of LIMIT, before the context
  /// changes; unset: the register keeps its value.
  struct Latch {
    std::optional<uint64_t> base;
    std::optional<uint64_t> offset;
  };
  struct Latches {
    Latch guest;
    Latch vmm;
  };

  void require_loadable(ControlOperation operation) const;
  void load_context(ControlOperation operation, uint64_t operand, size_t core);
  void write_registers(ControlOperation operation, uint64_t operand, size_t core);
  template <class Write>
  void write_process(size_t core, Write write);
  template <class Write>
  void write_vm(size_t core, Write write);
  template <class IsConcerned, class Write>
  void write_where(size_t core, IsConcerned is_concerned, Write write);
  Vpid named_vpid(uint64_t operand, Vpid given) const;
  Pcid named_pcid(uint64_t operand, Pcid given) const;
  void invalidate(ControlOperation operation, uint64_t operand, size_t core);
  template <class Change>
  void for_each_mmu(Change change) {
    for (Mmu* mmu : mmus_) change(*mmu);
  }
  void changed() {
    if (on_change) on_change();
  }

  SystemSoftware& software_;
  std::vector<Mmu*> mmus_;
  LatencyTable latency_;
  OwnContext own_context_;
  std::vector<Latches> latches_;  ///< By core.
};

}  // namespace nestwalk
