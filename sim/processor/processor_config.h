// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "model/timing/latency_table.h"

namespace nestwalk {

/// How a TraceProcessor drives its cores (spec 2.6).
struct ProcessorConfig {
  double cpi = 1;
  double exposed = 0.3;
  uint32_t outstanding = 1;            ///< AT: references in flight, a core.
  uint32_t quantum = 10000;            ///< LT: cycles that a core may run ahead of the kernel.
  uint64_t warmup = 0;                 ///< Data references before counting starts.
  std::optional<uint64_t> references;  ///< Data references to count; unset: all there are.
  bool approximate = false;            ///< AT.
  bool fetch = false;                  ///< Translate instruction fetches too.
  bool data_path = true;               ///< Data accesses go through the caches.
  bool fast_path = true;               ///< Settle L1 hits without transactions: same results.
  Cycles guest_fault = 0;
  Cycles nested_fault = 0;
  LatencyTable latency;
  uint64_t interval = 0;  ///< Data references between two calls of `on_interval`; 0: none.

  /// Told now and then how many data references are done; may be empty.
  std::function<void(uint64_t)> on_progress;
  /// Ends the run early, as if the stream ended, once it is true; may be nullptr.
  const std::atomic<bool>* interrupted = nullptr;
};

}  // namespace nestwalk
