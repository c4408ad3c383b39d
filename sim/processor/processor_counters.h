// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace nestwalk {

/// What one core has done, over the region of interest. Times in core cycles.
struct ProcessorCounters {
  uint64_t references = 0;  ///< Data references; one that crosses a page is two.
  uint64_t instructions = 0;
  uint64_t fetches = 0;      ///< Translated instruction fetches, counted likewise.
  uint64_t stall = 0;        ///< Translation time past an L1 TLB hit, fetches included.
  uint64_t fetch_stall = 0;  ///< The fetches' part of it.
  uint64_t data = 0;         ///< What data accesses took past the L1D.
  uint64_t control = 0;      ///< Register writes and invalidations.
  uint64_t software = 0;     ///< Of guest OS and VMM: faults served, memory managed.

  /// Execution time with one reference outstanding and translation free (spec 2.6).
  uint64_t ideal_cycles(double cpi, double exposed) const {
    const double core =
        static_cast<double>(instructions) * cpi + static_cast<double>(data) * exposed;
    return static_cast<uint64_t>(std::llround(core)) + control + software;
  }
};

}  // namespace nestwalk
