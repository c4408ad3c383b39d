// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nestwalk {

/// JSON text as a document; `name` is what messages call it. Throws InputError.
nlohmann::json parse_json(const std::string& text, const std::string& name);

/// A file of JSON as a document. Throws InputError.
nlohmann::json parse_json_file(const std::string& path);

}  // namespace nestwalk
