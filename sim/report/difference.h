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
  uint64_t walk_cycles_were = 0;
  uint64_t walk_cycles_are = 0;
  /// They sum to the change in cycles; empty where walks overlap with other work, so that no sum of
  /// parts is the time.
  std::vector<Part> parts;
  bool was_interrupted = false;  ///< The first run ended early.
  bool is_interrupted = false;   ///< The second one did.

  /// The larger of the relative changes of cycles and of walk cycles; infinite from 0 to more, and
  /// where a run ended early, whose counts say nothing of the whole.
  double relative_change() const;
};

/// Throws InputError if one is no result.
Difference difference(const nlohmann::json& was, const nlohmann::json& is);

/// For a person.
std::string to_text(const Difference& difference);

/// `cycles`, `walk_cycles`, `because`, `configuration`, `interrupted`.
nlohmann::ordered_json to_json(const Difference& difference);

}  // namespace nestwalk
