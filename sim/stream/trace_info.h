// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/stream/stream_summary.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// What `nestwalk trace info` tells of a trace.
struct TraceInfo {
  std::string name;
  TraceFormat format = TraceFormat::kNwt;
  std::optional<uint64_t> bytes;  ///< Of the file as it lies; unset for a pipe.
  StreamSummary summary;
};

/// From the index where there is one, else from one pass. Throws InputError.
TraceInfo trace_info(const std::string& path, const TraceOptions& options = {},
                     const OnRead& on_read = {});

}  // namespace nestwalk
