// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "sim/config/config.h"
#include "sim/stream/stream.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// What a configuration's trace is read with. `format`: where it is known.
TraceOptions trace_options(const Config& config, std::optional<TraceFormat> format);

/// Opens the stream that a configuration names, its trace or its workload, whole. Throws
/// InputError.
std::unique_ptr<Stream> open_named_stream(const Config& config, std::optional<TraceFormat> format);

}  // namespace nestwalk
