// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/config/config.h"

namespace nestwalk {

/// The results of a run's parts, one at least, as one of `config`: counts are summed.
nlohmann::ordered_json join(const std::vector<nlohmann::ordered_json>& parts, const Config& config);

/// How far a joined result is from that of the whole, relative; null where the whole has none.
nlohmann::ordered_json errors_of(const nlohmann::ordered_json& joined,
                                 const nlohmann::ordered_json& whole);

}  // namespace nestwalk
