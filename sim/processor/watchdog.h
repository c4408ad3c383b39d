// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/tlm/clock.h"
#include "sim/processor/trace_processor.h"

namespace nestwalk {

/// Ends an AT simulation in which no reference has been issued or answered for a long time while
/// some are in flight, and says what every queue holds.
class Watchdog : public sc_core::sc_module {
 public:
  /// Cycles without progress; more where a latency is so long that a walk could take them.
  static constexpr uint64_t kPatience = 1'000'000;

  Watchdog(const sc_core::sc_module_name& name, const Clock& clock, const TraceProcessor& processor,
           const std::vector<Mmu*>& mmus);

  /// What was found wrong, if anything.
  const std::string& complaint() const { return complaint_; }

  /// Why a run has ended before its stream.
  std::string diagnosis() const;

 private:
  void look();
  /// What every queue holds, a line a component.
  std::string queues() const;

  uint64_t cycles_;
  sc_core::sc_time patience_;  ///< The same.
  const TraceProcessor& processor_;
  std::vector<Mmu*> mmus_;
  uint64_t issued_ = 0;  ///< When it looked last.
  uint64_t answered_ = 0;
  std::string complaint_;
};

}  // namespace nestwalk
