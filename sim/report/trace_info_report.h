// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/stream/trace_info.h"

namespace nestwalk {

/// A table for people.
std::string to_text(const TraceInfo& info);
/// A JSON object (doc/traces.md).
std::string to_json(const TraceInfo& info);

}  // namespace nestwalk
