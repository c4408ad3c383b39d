// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "model/memory/memory_system_module.h"
#include "model/mmu/mmu.h"
#include "sim/processor/control.h"
#include "sim/processor/processor_config.h"
#include "sim/processor/processor_core.h"
#include "sim/processor/stream_reader.h"
#include "sim/software/system_software.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// Drives address streams into the MMUs of its cores, in program order (spec 2.6): of one stream
/// thread t runs on core t modulo their number; of several each has a core of its own.
///
/// LT: the stream's order is the order of everything, several streams go by their instructions;
/// each core keeps its own time. AT: each core issues its own part, up to `outstanding` references
/// in flight, and time is what the events make it; one stream is read ahead a bounded way where
/// cores drift apart.
class TraceProcessor : public sc_core::sc_module {
 public:
  /// Throws std::invalid_argument if several cores are to run in AT with software that does not
  /// tell them apart.
  TraceProcessor(const sc_core::sc_module_name& name, const ProcessorConfig& config,
                 const Clock& clock, const std::vector<Stream*>& streams, SystemSoftware& software,
                 const std::vector<Mmu*>& mmus, MemorySystem& memory);
  ~TraceProcessor() override;

  /// One initiator a core, to be bound to Mmu::cpu.
  InitiatorSocket& socket(size_t core) { return cores_[core]->socket; }
  ProcessorCore& core(size_t number) { return *cores_[number]; }
  const ProcessorCounters& counters(size_t core) const { return cores_[core]->counters; }

  /// Called where the warm-up ends: statistics start over.
  std::function<void()> on_region_of_interest;

  /// Called after each `interval` of data references in the region of interest.
  std::function<void()> on_interval;

  /// Whether the stream has ended and nothing is in flight.
  bool finished() const { return finished_; }
  /// Throws again what went wrong inside the simulation (a malformed stream, say).
  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  /// The core whose element that was, if it was one's.
  std::optional<size_t> failed_on() const { return failed_on_; }
  /// Data references issued so far, warm-up included.
  uint64_t issued() const { return issued_; }
  /// AT: transactions issued so far, those of fetches too: progress, for the watchdog.
  uint64_t transactions() const;
  size_t in_flight() const;
  /// AT: when the last of its cores is ready for its next reference.
  sc_core::sc_time ready() const;

  /// Execution time of the region of interest, the slowest core's.
  uint64_t cycles() const;
  /// The same of one core.
  uint64_t cycles(size_t core) const;
  /// The same of all cores together: what stall and walk cycles of all cores are shares of.
  uint64_t core_cycles() const;
  /// With translation free; meaningful with one reference outstanding.
  uint64_t ideal_cycles() const;

 private:
  void run_loose();
  /// Where in a batch the elements end that are of one core, from `begin` on.
  size_t end_of_part(const Reference* batch, size_t begin, size_t size) const;
  void execute_batch(const Reference* batch, size_t size);
  void execute_loose(ProcessorCore& core, const Reference& reference);

  void run_approximate(size_t number);
  void execute_approximate(ProcessorCore& core, const Reference& reference);
  void serve_approximate(ProcessorCore& core, GuestVirtual address, Access access);
  bool access_approximate(ProcessorCore& core, GuestVirtual address, Access access, uint8_t size);
  bool next(size_t core, Reference& reference);
  /// AT: whether no reference begins before the one before it has ended.
  bool is_serial() const { return cores_.size() == 1 && config_.outstanding == 1; }
  void drain(ProcessorCore& core);
  void drain_all();
  void await(const ProcessorCore& core);

  /// Runs a core's process: what it throws is kept for `rethrow_failure`.
  template <class Process>
  void guarded(Process process);
  template <class Execute>
  void located(const size_t& core, Execute execute);
  template <class Each>
  void each_page(ProcessorCore& core, const Reference& reference, Each access);
  void count(ProcessorCore& core, Access access);
  void count_reference(ProcessorCore& core);
  void reach_stop(ProcessorCore& core);
  void end_warmup();
  void let_software_act(ProcessorCore& core);
  void choose_stop();
  void begin_region_of_interest();
  void control(ProcessorCore& core, const Reference& reference);
  bool goes_on();

  ProcessorConfig config_;
  Clock clock_;
  StreamReader reader_;
  SystemSoftware& software_;
  Control control_;
  std::vector<std::unique_ptr<ProcessorCore>> cores_;
  sc_core::sc_event taken_;  ///< AT: a core has taken an element.
  bool held_ = false;        ///< AT: no core issues, until `released_`.
  sc_core::sc_event released_;

  uint64_t issued_ = 0;
  uint64_t boundary_;  ///< Of `issued_`: end of the warm-up, then of the run.
  uint64_t interval_end_ = SystemSoftware::kNever;  ///< Likewise: of the running interval.
  uint64_t stop_ = 0;  ///< The first of these, and of what the software side waits for.
  bool warm_ = false;
  bool ended_ = false;
  bool finished_ = false;
  size_t running_ = 0;    ///< Processes that have not ended.
  size_t executing_ = 0;  ///< LT: the core whose element is executed.
  std::exception_ptr failure_;
  std::optional<size_t> failed_on_;
  sc_core::sc_time interest_began_;
};

}  // namespace nestwalk
