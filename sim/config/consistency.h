// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sim/config/config.h"

namespace nestwalk {

/// A key that breaks a rule, most often one that binds it to another key.
struct Inconsistency {
  std::string key;    ///< The one that is wrong in view of the other.
  std::string other;  ///< The other; empty: none.
  std::string what;   ///< What is wrong and what would be right.
};

/// The first rule between keys that a configuration breaks; each key alone is in its range.
std::optional<Inconsistency> find_inconsistency(const Config& config);

}  // namespace nestwalk
