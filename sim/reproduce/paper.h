// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/config.h"
#include "sim/report/result_counts.h"
#include "sim/reproduce/campaign.h"

namespace nestwalk {

// What the paper's evaluation ran (spec 5).

/// Its big-memory workloads, as `--workload` takes them: each at the footprint of spec 5 by
/// default.
const std::vector<std::string>& big_memory_workloads();
/// Its compute workloads.
const std::vector<std::string>& compute_workloads();
/// Both.
std::vector<std::string> all_workloads();

/// One bar of its figures: `4K+VD`.
struct Configuration {
  std::string name;
  Mode mode;
  std::string pages;
};

/// All bars.
const std::vector<Configuration>& configurations();
const Configuration& configuration(const std::string& name);

/// How long the runs of a reproduction are.
struct RunLength {
  double scale = 1;

  uint64_t warmup() const;
  uint64_t references() const;
  /// `1000000 data references a run after 500000 of warm-up`.
  std::string text() const;
};

/// A run of the preset `paper`, but for `sets`: `key=value`, as given to --set.
Config paper_config(const std::string& workload, Mode mode, const std::string& pages,
                    const RunLength& length, const std::vector<std::string>& sets = {});
Cell figure_cell(const std::string& workload, const Configuration& configuration,
                 const RunLength& length);
/// Its name.
std::string figure_cell_name(const std::string& workload, const std::string& configuration);

/// What the figures and statements need of a run.
struct RunFigures {
  /// Of a result as `run --json` writes it. Throws std::runtime_error if nothing but walks took
  /// time: it has no overhead then.
  explicit RunFigures(const nlohmann::json& result) : RunFigures(read_counts(result)) {}

  double overhead;  ///< Walk cycles / all other cycles.
  double cycles;    ///< Execution time.
  double walks;
  double walk_cycles;
  double checks;
  double references;
  double instructions;

  /// Walks that a run must have for its mean walk to count.
  static constexpr double kLeastWalks = 100;
  /// Mean cycles of a walk; none of a run with fewer than `kLeastWalks`.
  std::optional<double> cycles_a_walk() const;

 private:
  explicit RunFigures(const ResultCounts& counts);
};

/// `12.3 %`, `0.04 %`, `0 %`: two digits that count.
std::string short_percent(double share);

}  // namespace nestwalk
