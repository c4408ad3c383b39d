// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nestwalk {

/// One table of several runs for a person: a row a run, time relative to the first. `results` are
/// as `run --json` writes them. Throws InputError if one is not.
std::string compare(const std::vector<nlohmann::json>& results);

}  // namespace nestwalk
