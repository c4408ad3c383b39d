// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Faults that the guest OS and the VMM have served.
struct FaultCounts {
  uint64_t guest = 0;   ///< Page faults: the guest OS (natively: the OS) had not mapped the page.
  uint64_t nested = 0;  ///< EPT violations, AMD nested page faults: the VMM had not mapped the gPA.
};

}  // namespace nestwalk
