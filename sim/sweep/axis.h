// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/config/value.h"

namespace nestwalk {

/// One dimension of a sweep: a key and the values that it takes.
struct Axis {
  std::string key;
  std::string origin;         ///< `sweep.toml:7`.
  std::vector<Value> values;  ///< As the key itself writes them: sizes in bytes. Empty: continuous.

  // A range. Without step and factor it is continuous: samples lie anywhere in [from, to].
  double from = 0;
  double to = 0;
  bool whole = false;        ///< Whole numbers only.
  bool logarithmic = false;  ///< In samples equal ratios are equally likely, not equal differences.

  bool continuous() const { return values.empty(); }

  /// The value at a share, in [0, 1), of the axis.
  Value at(double share) const;

 private:
  const Value& by_ratio(double share) const;
};

/// A value in the one form in which its key writes it. Throws InputError if the key refuses it.
Value canonical(const std::string& key, const Value& value);

/// Reads `[512, 1024]`, `{from = 512, to = 4096, step = 512}`, `{from = "1MiB", to = "16MiB",
/// factor = 2}`, or, for samples, `{from = 0.0, to = 1.0}`, with a step or without, with `log =
/// true` or without. Throws InputError.
Axis read_axis(const std::string& key, const toml::node& node, const std::string& origin);

/// What decides the axis's values, to be compared with another sweep's.
nlohmann::json to_json(const Axis& axis);

}  // namespace nestwalk
