// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nestwalk {

/// What the report page shows of a sweep, by columns, a place a point: `title`, `description`,
/// `version`, `points` (their number), `axes`, `metrics` (names), `columns` (a list, or
/// `constant`), `configuration` (a value, or `values`), `levels` (table reads as [guest level,
/// nested level, reads]) and `timelines` (changes of mode). Throws InputError if the file is no
/// sweep's results.
nlohmann::json report_data(const std::string& path);

}  // namespace nestwalk
