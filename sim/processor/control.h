// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/timing/latency_table.h"
#include "sim/software/system_software.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// Applies the control operations of a stream: the software side first, which owns tables and
/// register values, then the MMUs of all cores.
class Control {
 public:
  Control(SystemSoftware& software, const std::vector<Mmu*>& mmus, const LatencyTable& latency)
      : software_(software), mmus_(mmus), latency_(latency) {}

  /// Returns the cycles it took. Throws InputError if the operand makes no sense.
  Cycles apply(const Reference& reference);

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
  }

  SystemSoftware& software_;
  std::vector<Mmu*> mmus_;
  LatencyTable latency_;
  Latch guest_;
  Latch vmm_;
};

}  // namespace nestwalk
