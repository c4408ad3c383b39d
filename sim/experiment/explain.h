// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/address/address.h"
#include "sim/experiment/run.h"

namespace nestwalk {

/// Runs the stream of `spec`, then loads from `address` on core 0 and tells every step of its
/// translation: who answered, and the page walk as it is drawn, guest level down, nested level
/// across. Where a TLB answered, the walk that it spared is shown. Throws InputError.
std::string explain(const RunSpec& spec, GuestVirtual address);

}  // namespace nestwalk
