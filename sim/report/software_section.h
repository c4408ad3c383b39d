// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/software/software_report.h"

namespace nestwalk {

/// What the software side did and what it took, apart from translation. `cycles`: all of it, faults
/// too. `overhead`: walk cycles / all cycles that are neither walks' nor the software's.
nlohmann::ordered_json to_json(const SoftwareReport& report, uint64_t cycles,
                               std::optional<double> overhead);
std::string to_text(const SoftwareReport& report, uint64_t cycles);

/// [{"reference": n, "what": text}, ...].
nlohmann::ordered_json to_json(const std::vector<SoftwareEvent>& events);

}  // namespace nestwalk
