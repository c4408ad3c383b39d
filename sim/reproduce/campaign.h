// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/config/config.h"
#include "sim/process/build_key.h"
#include "sim/process/kept_results.h"

namespace nestwalk {

/// One simulation of many.
struct Cell {
  std::string name;           ///< Unique: `run gups 4K+4K base-virtualized`.
  nlohmann::json parameters;  ///< Everything that decides its result.
  double work = 1;            ///< How long it takes, in any unit: for the time that is left.
  std::function<nlohmann::json()> simulate;  ///< Called in a process of its own.
};

/// A configuration as a cell's parameters.
nlohmann::json parameters_of(const Config& config);

/// A run of `nestwalk run`; the result is its JSON, less the configuration.
Cell run_cell(const std::string& name, const Config& config);

/// Cells that are run by worker processes and kept in a file as they finish, so that a campaign
/// goes on where it was interrupted. A cell whose parameters or build have changed since is run
/// again.
class Campaign {
 public:
  /// `file`: where finished cells are kept, under this build. Throws as KeptResults does.
  explicit Campaign(std::string file, std::string build = build_key());

  /// Adds a cell; one of the same name must be the same cell, and is run once.
  void add(Cell cell);

  /// Runs what is not finished, with progress on standard error. An interruption ends it: what is
  /// finished is kept. Throws std::runtime_error if it was interrupted or a cell failed.
  void run();

  /// What was added, each once.
  const std::vector<Cell>& cells() const { return cells_; }

  /// Of a cell that was added, after `run`.
  const nlohmann::json& result(const std::string& name) const { return results_.at(name); }

 private:
  std::vector<const Cell*> take_kept();

  KeptResults kept_;
  std::vector<Cell> cells_;
  std::map<std::string, nlohmann::json> results_;
};

}  // namespace nestwalk
