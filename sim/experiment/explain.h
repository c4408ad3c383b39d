// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/address/address.h"
#include "sim/experiment/run.h"

namespace nestwalk {

/// Every step of one translation.
struct Explanation {
  std::string text;  ///< Who answered, and the page walk, guest level down, nested level across.
  std::string svg;   ///< The walk as a picture; empty if there is none: segments translate.
};

/// Runs the stream of `spec`, then loads from `address` on core 0. Where a TLB answered, what it
/// spared is shown: the walk, or that segments would have completed the miss. Throws InputError,
/// for streams beside the first too: their addresses mean nothing on core 0.
Explanation explain(const RunSpec& spec, GuestVirtual address);

}  // namespace nestwalk
