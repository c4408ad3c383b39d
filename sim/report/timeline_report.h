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
/// A line an interval; intervals that look alike are drawn together if there are many.
std::string to_text(const Timeline& timeline);

}  // namespace nestwalk
