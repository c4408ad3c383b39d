// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/array/hit_statistics.h"
#include "model/filter/filter_statistics.h"
#include "model/walker/walk_statistics.h"
#include "sim/config/config.h"
#include "sim/report/timeline.h"
#include "sim/software/software_report.h"

namespace nestwalk {

/// Instruction fetches, counted apart from data references.
struct FetchCounts {
  uint64_t references = 0;
  HitStatistics instruction_tlb;
  HitStatistics l2_tlb;
  uint64_t completed = 0;  ///< Misses that a segment finished.
  uint64_t walks = 0;
  uint64_t walk_cycles = 0;
  uint64_t stall_cycles = 0;
};

/// Of one of several cores, data references only.
struct CoreResult {
  std::string stream;  ///< Of those that run beside each other; empty: all cores share one.
  uint64_t references = 0;
  uint64_t instructions = 0;
  uint64_t cycles = 0;
  uint64_t stall_cycles = 0;
  HitStatistics l1_tlb;
  HitStatistics l2_tlb;
  uint64_t segments_completed = 0;
  uint64_t walks = 0;
  uint64_t walk_cycles = 0;
};

/// What depends on the machine that simulates, and on nothing that is simulated.
struct HostCounts {
  double seconds = 0;                ///< Wall time of the run.
  double references_per_second = 0;  ///< Data references, warm-up included.
  bool interrupted = false;          ///< A signal ended the run early.
};

/// What one run found, over its region of interest (after the warm-up).
struct RunResult {
  Config config;  ///< Resolved: what the run used.

  uint64_t references = 0;  ///< Data references; one that crosses a page is two.
  uint64_t instructions = 0;
  uint64_t cycles = 0;                   ///< Of the core that took longest.
  uint64_t core_cycles = 0;              ///< Of all cores together.
  uint64_t stall_cycles = 0;             ///< All translation time past an L1 TLB hit.
  std::optional<uint64_t> ideal_cycles;  ///< Cycles with translation free, if known (spec 2.6).

  HitStatistics l1_tlb;
  HitStatistics l2_tlb;      ///< By gVA only.
  HitStatistics nested_tlb;  ///< By gPA, wherever they are kept.
  HitStatistics guest_structure_cache;
  HitStatistics nested_structure_cache;
  uint64_t segments_completed = 0;   ///< L1 misses that segments finished.
  WalkStatistics walks;              ///< Of data references; faults that were served included.
  FilterStatistics escape_filter;    ///< Of both segments' filters, if both have one.
  std::vector<CoreResult> cores;     ///< If there are several.
  std::optional<FetchCounts> fetch;  ///< If fetches were translated.
  std::optional<SoftwareReport> software;  ///< Of a managed software side.
  uint64_t software_cycles = 0;            ///< Of faults and operations, all cores.
  Timeline timeline;                       ///< Empty: none was asked for.
  std::optional<HostCounts> host;

  /// Walk cycles / (cycles - walk cycles), of all cores together (spec 4); none where walks overlap
  /// so far that they exceed the cycles.
  std::optional<double> overhead() const;
  /// The same of what is left without the software's cycles.
  std::optional<double> overhead_without_software() const;
};

/// The stream that a configuration names, the first if there are several.
const std::string& stream_name(const Config& config);

/// Walk cycles / (cycles - walk cycles); none where walks overlap so far that they exceed them.
std::optional<double> overhead_of(uint64_t walk_cycles, uint64_t cycles);

/// The form of `run --json`: interface.md's fields in its order, then the rest.
nlohmann::ordered_json to_json(const RunResult& result);

/// A report for a person, with units.
std::string to_text(const RunResult& result);

}  // namespace nestwalk
