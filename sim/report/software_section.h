// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/software/software_report.h"

namespace nestwalk {

/// What the software side did and what it took, apart from translation. `cycles`: all of it, faults
/// and the region of interest only; the operations' own sums are of the whole run.
nlohmann::ordered_json to_json(const SoftwareReport& report, uint64_t cycles);
std::string to_text(const SoftwareReport& report, uint64_t cycles);

/// [{"reference": n, "what": text}, ...].
nlohmann::ordered_json to_json(const std::vector<SoftwareEvent>& events);

}  // namespace nestwalk
