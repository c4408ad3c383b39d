// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/config.h"
#include "sim/stream/touched_pages.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// What a run must know of all of a trace before it begins.
struct Footprint {
  std::vector<VirtualRange> touched;           ///< As Stream::touched().
  std::optional<VirtualRange> primary_region;  ///< What a guest segment should cover.
};

Footprint footprint(const TouchedPages& pages);

/// That of a trace file: from its index if it has one, else from one pass over it, which gives the
/// same. Memory is as for TouchedPages. Throws InputError, also for a pipe, which cannot be read
/// twice.
Footprint find_footprint(const std::string& path, const TraceOptions& options = {},
                         const OnRead& on_read = {});

/// Whether a run of the stream, which reads a trace, must know more than the stream knows unread.
bool lacks_footprint(const Config& config, const Stream& stream);

}  // namespace nestwalk
