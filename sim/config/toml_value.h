// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include "sim/config/value.h"

namespace nestwalk {

/// A TOML leaf or array as a Value. Throws InputError on dates, times and inner tables.
Value from_toml(const toml::node& node);

}  // namespace nestwalk
