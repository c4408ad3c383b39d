// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/timing/latency_table.h"

namespace nestwalk {

/// What cores run: what the streams load, or what each was given, because others run beside it.
enum class OwnContext : uint8_t {
  kLoaded,
  kVm,       ///< VPID is given.
  kProcess,  ///< CR3 too.
};

/// How a TraceProcessor drives its cores (spec 2.6).
struct ProcessorConfig {
  struct Pace {
    double cpi = 1;        ///< Cycles an instruction takes when nothing stalls it.
    double exposed = 0.3;  ///< Share of data time past the L1D that is not hidden.
  };
  std::vector<Pace> paces;             ///< Of each core.
  uint32_t outstanding = 1;            ///< AT: references in flight, a core.
  uint32_t quantum = 10000;            ///< LT: cycles that a core may run ahead of the kernel.
  uint64_t skipped = 0;                ///< Data references left out before: errors count them.
  uint64_t warmup = 0;                 ///< Data references before counting starts.
  std::optional<uint64_t> references;  ///< Data references to count; unset: all there are.
  bool approximate = false;            ///< AT.
  bool fetch = false;                  ///< Translate instruction fetches too.
  bool data_path = true;               ///< Data accesses go through the caches.
  /// By L1HitPath, in LT by FusedPath too, without transactions. The same results but for AT with
  /// several outstanding, where a hit takes no time because of it.
  bool fast_path = true;
  Cycles guest_fault = 0;
  Cycles nested_fault = 0;
  LatencyTable latency;
  OwnContext own_context = OwnContext::kLoaded;
  uint64_t interval = 0;  ///< Data references between two calls of `on_interval`; 0: none.

  /// Told now and then how many data references are done; may be empty.
  std::function<void(uint64_t)> on_progress;
  /// Ends the run early, as if the stream ended, once it is true; may be nullptr.
  const std::atomic<bool>* interrupted = nullptr;
};

}  // namespace nestwalk
