// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nestwalk {

/// One self-contained HTML page that shows `data` (as sim/sweep/report_data.h makes it) and loads
/// nothing. Throws InputError if the program was built without the plotting library.
std::string report_page(nlohmann::json data);

}  // namespace nestwalk
