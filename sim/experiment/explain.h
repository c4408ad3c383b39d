// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/address/address.h"
#include "sim/experiment/run.h"

namespace nestwalk {

/// Every step of one translation.
struct Explanation {
  std::string text;  ///< Who answered, and the page walk, guest level down, nested level across.
  std::string svg;   ///< The walk as a picture; empty if segments answered and there is none.
};

/// Runs the stream of `spec`, then loads from `address` on core 0. Where a TLB answered, the walk
/// that it spared is shown. Throws InputError.
Explanation explain(const RunSpec& spec, GuestVirtual address);

}  // namespace nestwalk
