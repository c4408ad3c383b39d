// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nestwalk {

/// The value of a key as it is written, before the key gives it a meaning. The empty state is a key
/// that is not set.
struct Value
    : std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<Value>> {
  using variant::variant;

  bool empty() const { return index() == 0; }
};

/// As TOML writes it: `true`, `12`, `0.3`, `"text"`, `["0x1000", "0x2000"]`.
std::string to_toml(const Value& value);

/// What stands behind `--set key=`: a TOML value, or else bare text.
Value parse_value(std::string_view text);

}  // namespace nestwalk
