// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "model/memory/physical_memory.h"
#include "sim/config/config.h"
#include "sim/software/system_software.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// The software side of a machine, and the memory that it writes its tables into.
struct SoftwareSide {
  std::unique_ptr<PhysicalMemory> memory;
  std::unique_ptr<SystemSoftware> software;
};

/// The one that a configuration asks for, before anything has run. `beside`: the streams that run
/// beside the first. Throws InputError where configuration and stream do not fit each other.
SoftwareSide make_software_side(const Config& config, const Stream& stream,
                                const std::vector<Stream*>& beside = {});

}  // namespace nestwalk
