// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "sim/stream/reference.h"

namespace nestwalk {

/// Takes from the instructions that no element has told yet what the next one tells: all that it
/// can hold. The rest waits for the one after, so that none is lost.
inline uint32_t take_instructions(uint64_t& pending) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  const uint64_t taken = std::min(pending, kMost);
  pending -= taken;
  return static_cast<uint32_t>(taken);
}

/// The control operation that tells the instructions behind a trace's last reference.
inline Reference retire(uint32_t instructions) {
  return {0, instructions, 0, static_cast<uint8_t>(ControlOperation::kRetire),
          ReferenceKind::kControl};
}

inline bool is_retire(const Reference& element) {
  return element.kind == ReferenceKind::kControl &&
         element.size == static_cast<uint8_t>(ControlOperation::kRetire);
}

}  // namespace nestwalk
