// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/stream/trace_info.h"

namespace nestwalk {

/// A table for people.
std::string to_text(const TraceInfo& info);
/// doc/traces.md.
nlohmann::ordered_json to_json(const TraceInfo& info);

}  // namespace nestwalk
