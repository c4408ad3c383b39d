// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/timeline.h"
#include "sim/software/software_report.h"

namespace nestwalk {

/// {"intervals": [...], "events": [...]}.
nlohmann::ordered_json to_json(const Timeline& timeline, const std::vector<SoftwareEvent>& events);
/// A line an interval; intervals that look alike are drawn together if there are many. Where walks
/// overlap no overhead is told: they are no share of the time.
std::string to_text(const Timeline& timeline, bool walks_overlap = false);

}  // namespace nestwalk
