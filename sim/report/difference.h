// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nestwalk {

/// What changed from one result to another, in cycles, and why. Results are as `run --json` writes
/// them.
struct Difference {
  /// A key that has another value.
  struct Setting {
    std::string key;
    std::string was;
    std::string is;
  };
  /// A share of the change in cycles. `how` says what changed underneath.
  struct Part {
    std::string name;
    double cycles;
    std::string how;
  };

  std::vector<Setting> configuration;
  uint64_t cycles_were = 0;
  uint64_t cycles_are = 0;
  uint64_t core_cycles_were = 0;  ///< Of all cores together, as all that follows.
  uint64_t core_cycles_are = 0;
  uint64_t walk_cycles_were = 0;
  uint64_t walk_cycles_are = 0;
  /// Whole cycles that sum to the change in core cycles; empty where walks overlap with other work,
  /// so that no sum of parts is the time.
  std::vector<Part> parts;
  bool was_interrupted = false;  ///< The first run ended early.
  bool is_interrupted = false;   ///< The second one did.

  /// Whether several cores shared the work, so that a run took less than their cycles together.
  bool has_cores() const;

  /// The larger of the relative changes of cycles and of walk cycles; infinite from 0 to more, and
  /// where a run ended early, whose counts say nothing of the whole.
  double relative_change() const;
};

/// Throws InputError if one is no result.
Difference difference(const nlohmann::json& was, const nlohmann::json& is);

/// For a person.
std::string to_text(const Difference& difference);

/// `cycles`, `core_cycles`, `walk_cycles`, `because`, `configuration`, `interrupted`.
nlohmann::ordered_json to_json(const Difference& difference);

}  // namespace nestwalk
