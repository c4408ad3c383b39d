// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// Has pages of the VMs that hold the same bytes share one host frame, read-only; the first store
/// to such a page gives it a frame of its own again. Pages that were never written are left alone.
/// Pages that a segment translates are shared as configured. All VMs are on one host. Returns how
/// many pages gave up their frame.
uint64_t share_pages(const std::vector<VirtualMachine*>& vms, Ledger& ledger);

}  // namespace nestwalk
