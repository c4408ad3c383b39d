// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "sim/config/setting.h"
#include "sim/config/value.h"

namespace nestwalk {

/// A TOML leaf or array as a Value. Throws InputError on dates, times and inner tables.
Value from_toml(const toml::node& node);

/// The keys of a table and its inner tables; `file` is named as where they come from. Throws
/// InputError.
std::vector<Setting> settings(const toml::table& table, const std::string& file);

}  // namespace nestwalk
