// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "sim/report/run_result.h"
#include "sim/reproduce/experiment.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {

/// Reports on an experiment whose cells are given results, and none of them simulated.
class PlannedResults {
 public:
  using Result = std::function<nlohmann::json(const std::string& cell)>;

  explicit PlannedResults(const Experiment& experiment) : experiment_(experiment) {}

  /// The experiment's part of the page.
  std::string report(const Result& result) const {
    const std::string file = directory_.path("cells.jsonl");
    Campaign planned(file);
    experiment_.plan(planned);
    std::string kept;
    for (const Cell& cell : planned.cells())
      kept += nlohmann::json{{"name", cell.name},
                             {"build", build_key()},
                             {"parameters", cell.parameters},
                             {"result", result(cell.name)}}
                  .dump() +
              "\n";
    directory_.write("cells.jsonl", kept);
    Campaign campaign(file);
    experiment_.plan(campaign);
    campaign.run();
    return experiment_.report(campaign, ResultDirectory(directory_.path("")));
  }

  std::string read(const std::string& name) const { return directory_.read(name); }

 private:
  TemporaryDirectory directory_;
  const Experiment& experiment_;
};

/// What a run leaves.
inline nlohmann::json run_result(double cycles, double walks = 1000, double walk_cycles = 10000) {
  RunResult result;
  result.references = 1000000;
  result.instructions = 2000000;
  result.cycles = result.core_cycles = static_cast<uint64_t>(std::llround(cycles));
  result.walks.walks = static_cast<uint64_t>(std::llround(walks));
  result.walks.cycles = static_cast<uint64_t>(std::llround(walk_cycles));
  return nlohmann::json::parse(to_json(result).dump());
}

}  // namespace nestwalk
