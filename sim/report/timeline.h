// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config/mode.h"

namespace nestwalk {

/// What ran, and what it cost, in one interval of data references.
struct TimelineInterval {
  uint64_t end = 0;            ///< Data references up to its end, the warm-up's among them.
  Mode mode = Mode::kNative;   ///< By the registers, at its end.
  uint64_t guest_segment = 0;  ///< Bytes that the guest segment covers then.
  uint64_t vmm_segment = 0;    ///< Bytes that the VMM segment covers then.
  uint64_t references = 0;
  uint64_t walks = 0;
  uint64_t walk_cycles = 0;
  uint64_t stall_cycles = 0;
  uint64_t software_cycles = 0;  ///< Of faults and operations of the guest OS and the VMM.
  uint64_t cycles = 0;           ///< Of the core that took longest so far.
  uint64_t core_cycles = 0;      ///< Of all cores together.

  /// Adds the counts of another interval.
  TimelineInterval& operator+=(const TimelineInterval& other) {
    references += other.references;
    walks += other.walks;
    walk_cycles += other.walk_cycles;
    stall_cycles += other.stall_cycles;
    software_cycles += other.software_cycles;
    cycles += other.cycles;
    core_cycles += other.core_cycles;
    return *this;
  }
};

using Timeline = std::vector<TimelineInterval>;

}  // namespace nestwalk
