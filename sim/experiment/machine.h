// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/memory/memory_system_module.h"
#include "model/mmu/mmu.h"
#include "sim/config/config.h"
#include "sim/processor/trace_processor.h"
#include "sim/processor/watchdog.h"
#include "sim/report/run_result.h"
#include "sim/software/software_side.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// One simulated computer: cores with their MMUs, caches, memory, the software side, and the stream
/// that runs. It is built in a SystemC context of its own, so that several can run one after
/// another in a process; one lives at a time.
class Machine {
 public:
  struct Options {
    std::function<void(uint64_t)> on_progress;       ///< Data references done; may be empty.
    const std::atomic<bool>* interrupted = nullptr;  ///< Ends the run early once true.
    std::function<void()> on_region_of_interest;  ///< The warm-up, if any, is over; may be empty.
    bool fast_path = true;                        ///< Off: every reference is a transaction.
    std::vector<Stream*> beside;  ///< Opened, as many as the configuration's `beside` names.
    /// Prepared for this configuration and stream, used up by the run; empty: a new one is made.
    std::shared_ptr<SoftwareSide> software;
  };

  /// Throws InputError where configuration and stream do not fit each other.
  Machine(const Config& config, Stream& stream, const Options& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Runs the stream to its end. Throws what went wrong: InputError for a malformed stream.
  void run();

  /// What the run found. Call after `run`.
  RunResult result() const;

  const Config& config() const { return config_; }
  const Clock& clock() const { return clock_; }
  Mmu& mmu(size_t core) { return *mmus_[core]; }
  MemorySystem& memory() { return *memory_; }
  SystemSoftware& software() { return *side_->software; }
  TraceProcessor& processor() { return *processor_; }
  /// Has all walkers tell of their walks; nullptr: none.
  void observe(WalkObserver* observer);

 private:
  class KernelContext;

  void rethrow_failure() const;
  void begin_region_of_interest();
  void sample();
  void end_timeline();
  const TranslationContext& first_context(size_t core);
  CoreResult core_result(size_t core) const;

  Config config_;
  std::function<void()> on_region_of_interest_;
  std::unique_ptr<KernelContext> kernel_;
  Clock clock_;
  std::shared_ptr<SoftwareSide> side_;
  std::unique_ptr<MemorySystem> memory_;
  std::vector<std::unique_ptr<Mmu>> mmus_;
  std::unique_ptr<TraceProcessor> processor_;
  std::unique_ptr<Watchdog> watchdog_;
  FaultCounts faults_before_;
  Ledger ledger_before_;
  Timeline timeline_;
  TimelineInterval sampled_;   ///< Sums up to the last sample.
  uint64_t counted_from_ = 0;  ///< Data references before counting began.
};

}  // namespace nestwalk
