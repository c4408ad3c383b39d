// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cache/cache_config.h"
#include "model/mmu/mmu_config.h"
#include "model/paging/paging_mode.h"
#include "sim/config/mode.h"
#include "sim/config/pages.h"
#include "sim/config/software_config.h"

namespace nestwalk {

/// How time is modelled.
enum class Timing : uint8_t {
  kLoose,        ///< `lt`: b_transport with temporal decoupling; one request outstanding a core.
  kApproximate,  ///< `at`: four phases, queues, several walks in flight.
};

/// What streams that run beside each other share; natively all of them are processes.
enum class BesideAs : uint8_t {
  kVms,        ///< The host alone: each has a VM of its own.
  kProcesses,  ///< A VM too: each is a process.
};

/// What implements the segment comparators and the escape filter.
enum class SegmentUnit : uint8_t { kModel, kRtl };

struct PagingConfig {
  Pages pages;
  int guest_levels = 4;   ///< 4, or 5 with LA57.
  int nested_levels = 4;  ///< 4 or 5.
  NestedFormat nested_format = NestedFormat::kEpt;
  int maxphyaddr = 46;             ///< Physical-address width in bits, both dimensions.
  bool ept_accessed_dirty = true;  ///< EPTP bit 6.
};

inline constexpr uint32_t kMostCores = 256;

/// The processor that drives the MMU (spec 2.6).
struct CoreConfig {
  /// Cycles an instruction takes when nothing stalls it. Unset: the workload's own value, else 1.
  std::optional<double> cpi;
  /// Share of data time past the L1D that is not hidden. Unset: the workload's own value, else 0.3.
  std::optional<double> exposed;
  uint32_t outstanding = 1;  ///< References in flight, a core.
  uint32_t count = 1;        ///< Cores, each with TLBs, registers and walkers of its own.
  uint32_t quantum = 10000;  ///< Cycles that a core's time may run ahead of SystemC's in lt.

  static constexpr double kDefaultCpi = 1;
  static constexpr double kDefaultExposed = 0.3;
};

/// Everything that decides the result of a run.
struct Config {
  std::string preset = "paper";
  Mode mode = Mode::kNative;
  Timing timing = Timing::kLoose;
  std::string trace;                ///< Path of a trace, `-` a pipe; empty: none.
  std::string workload;             ///< Generator with its parameters; empty: none.
  std::vector<std::string> beside;  ///< Further streams, each on a core of its own.
  BesideAs beside_as = BesideAs::kVms;
  uint64_t skip = 0;                   ///< Loads and stores of the stream that are left out.
  std::optional<uint64_t> references;  ///< Data references to run; unset: all.
  uint64_t warmup = 0;                 ///< Data references before counting starts.
  uint64_t seed = 1;
  bool fetch = false;  ///< Translate instruction fetches too.
  SegmentUnit segment_unit = SegmentUnit::kModel;

  PagingConfig paging;
  CoreConfig core;
  MmuConfig mmu;
  MemoryHierarchyConfig memory;
  SoftwareConfig software;
};

/// Whether translations may overlap, so that what they take is no share of the time (spec 2.6).
inline bool overlaps(const Config& config) {
  return config.timing == Timing::kApproximate && config.core.outstanding > 1;
}

}  // namespace nestwalk
