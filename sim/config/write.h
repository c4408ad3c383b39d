// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/config/keys.h"
#include "sim/config/load.h"

namespace nestwalk {

/// TOML with every key: what it means, its unit, range, default, and the source of its value.
/// Reading it back gives the same configuration.
std::string to_toml(const LoadedConfig& loaded);

/// A key's value in TOML, sizes with their unit.
std::string to_toml(const Key& key, const Value& value);

nlohmann::ordered_json to_json(const Value& value);

/// Every key, nested by table; null where not set, sizes in bytes.
nlohmann::ordered_json to_json(const Config& config);
/// Where a key's value stands there: `l1_tlb.pages_4k` at `/l1_tlb/pages_4k`.
std::string place_of(std::string key);

}  // namespace nestwalk
