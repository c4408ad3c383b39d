// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sim/stream/trace.h"

namespace nestwalk {

/// The region that a guest segment should cover for a trace file (interface.md, Workloads): from
/// its index if it has one, else from one pass over it. nullopt for a trace without references.
/// Memory is as for TouchedPages. Throws InputError, also for a pipe, which cannot be read twice.
std::optional<VirtualRange> find_primary_region(const std::string& path,
                                                const TraceOptions& options = {});

}  // namespace nestwalk
