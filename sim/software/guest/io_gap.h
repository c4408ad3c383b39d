// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/software/guest/guest_memory.h"
#include "sim/software/guest/guest_process.h"
#include "sim/software/ledger.h"
#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// The memory below the I/O gap that can be given up: all of the lowest slot but its first 256 MiB
/// (spec 3). Its count is 0 if there is none, or nothing above it.
FrameRun reclaimable_below_gap(const VirtualMachine& vm);

/// Hot-unplugs it and extends the memory above the gap by as much; what lies there moves first.
/// False: something cannot be moved, or there is no room.
bool reclaim_io_gap(VirtualMachine& vm, GuestMemory& memory,
                    const std::vector<GuestProcess*>& processes, Ledger& ledger);

}  // namespace nestwalk
