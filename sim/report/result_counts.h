// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace nestwalk {

/// What comparisons look at in a result as `run --json` writes it.
struct ResultCounts {
  std::string mode;
  std::string pages;
  std::string stream;  ///< Trace or workload; of several that ran beside each other the first.
  double references = 0;
  double instructions = 0;
  double cycles = 0;       ///< Of the core that took longest.
  double core_cycles = 0;  ///< Of all cores together, as all counts but `cycles` are.
  double stall_cycles = 0;
  bool overlaps = false;  ///< Several references were in flight: stalls are no share of the time.
  bool interrupted = false;  ///< A signal ended the run early: counts are of a part of it.
  std::optional<double> overhead;
  double l1_misses = 0;
  double completed = 0;  ///< Of these, those that segments completed.
  double walks = 0;
  double walk_cycles = 0;
  double table_reads = 0;
  double checks = 0;
};

/// Throws InputError if it is no result.
ResultCounts read_counts(const nlohmann::json& result);

}  // namespace nestwalk
