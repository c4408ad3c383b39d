// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace nestwalk {

/// TOML text as a table; `file` is what messages call it. Throws InputError with the line.
toml::table parse_toml(std::string_view text, const std::string& file);

/// A TOML file as a table. Throws InputError.
toml::table parse_toml_file(const std::string& path);

}  // namespace nestwalk
