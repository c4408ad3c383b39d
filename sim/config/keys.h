// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/config.h"
#include "sim/config/value.h"

namespace nestwalk {

/// One key of the configuration. Everything that knows of keys (TOML, --set, presets, the listing,
/// the JSON in a result) goes by this description and no other.
struct Key {
  std::string name;    ///< Dotted: `l2_tlb.entries`.
  std::string unit;    ///< `entries`, `cycles`, `bytes` ...; empty: none.
  std::string range;   ///< What is allowed.
  std::string source;  ///< Where the default comes from.
  std::string doc;     ///< What it means.
  std::function<Value(const Config&)> get;
  std::function<void(Config&, const Value&)> set;  ///< Throws InputError: what would be right.

  /// Everything up to the last dot: the TOML table.
  std::string_view table() const;
  /// What follows it.
  std::string_view leaf() const;
};

/// All keys, those of a table together.
const std::vector<Key>& keys();

/// nullptr if there is none.
const Key* find_key(std::string_view name);
/// Of a table and those within it, the first; nullptr if no table is called so.
const Key* first_key_of(std::string_view table);

/// The error for a name that is no key, with the nearest one that is.
std::string describe_unknown_key(std::string_view name);

}  // namespace nestwalk
