// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"
#include "model/paging/access.h"
#include "sim/experiment/run.h"
#include "sim/report/explanation.h"

namespace nestwalk {

/// Runs the stream of `spec`, then translates `address` for a user's access on core 0. Where a TLB
/// answered, what it spared is shown: the walk, or that segments would have completed the miss.
/// Throws InputError, for streams beside the first too: their addresses mean nothing on core 0;
/// Interrupted.
Explanation explain(const RunSpec& spec, GuestVirtual address, AccessKind access);

}  // namespace nestwalk
