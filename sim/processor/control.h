// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/timing/latency_table.h"
#include "sim/software/mmu_port.h"
#include "sim/software/system_software.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// Applies the control operations of a stream: the software side first, which owns tables and
/// register values, then the MMUs of all cores. What the software side does of itself reaches the
/// MMUs here too.
class Control : public MmuPort {
 public:
  Control(SystemSoftware& software, const std::vector<Mmu*>& mmus, const LatencyTable& latency)
      : software_(software), mmus_(mmus), latency_(latency) {}

  /// Returns the cycles it took. Throws InputError if the operand makes no sense.
  Cycles apply(const Reference& reference);

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
  /// BASE and OFFSET as written; they count with the next write of LIMIT.
  struct Latch {
    uint64_t base = 0;
    uint64_t offset = 0;
  };

  void write_registers(ControlOperation operation, uint64_t operand);
  void invalidate(Mmu& mmu, ControlOperation operation, uint64_t operand);
  template <class Change>
  void for_each_mmu(Change change) {
    for (Mmu* mmu : mmus_) change(*mmu);
    if (on_change) on_change();
  }

  SystemSoftware& software_;
  std::vector<Mmu*> mmus_;
  LatencyTable latency_;
  Latch guest_;
  Latch vmm_;
};

}  // namespace nestwalk
