// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/timeline.h"
#include "sim/software/software_report.h"

namespace nestwalk {

/// What the software side did and what it took, apart from translation. `cycles`: all of it, faults
/// and the region of interest only; the operations' own sums are of the whole run.
nlohmann::ordered_json to_json(const SoftwareReport& report, uint64_t cycles);
std::string to_text(const SoftwareReport& report, uint64_t cycles);

/// {"intervals": [...], "events": [...]}.
nlohmann::ordered_json to_json(const Timeline& timeline, const std::vector<SoftwareEvent>& events);
/// A line an interval; intervals that look alike are drawn together if there are many.
std::string to_text(const Timeline& timeline);

}  // namespace nestwalk
