// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace nestwalk {

/// The six settings of one MMU's registers (spec 2.2).
enum class Mode : uint8_t {
  kNative,           ///< Guest level paged, no VMM level.
  kNativeDirect,     ///< Guest level a segment, no VMM level.
  kBaseVirtualized,  ///< Both levels paged.
  kDualDirect,       ///< Both levels segments.
  kVmmDirect,        ///< Guest level paged, VMM level a segment.
  kGuestDirect,      ///< Guest level a segment, VMM level paged.
};

inline constexpr std::array kModes{Mode::kNative,     Mode::kNativeDirect, Mode::kBaseVirtualized,
                                   Mode::kDualDirect, Mode::kVmmDirect,    Mode::kGuestDirect};

constexpr bool is_virtualized(Mode mode) {
  return mode != Mode::kNative && mode != Mode::kNativeDirect;
}
constexpr bool has_guest_segment(Mode mode) {
  return mode == Mode::kNativeDirect || mode == Mode::kDualDirect || mode == Mode::kGuestDirect;
}
constexpr bool has_vmm_segment(Mode mode) {
  return mode == Mode::kDualDirect || mode == Mode::kVmmDirect;
}

}  // namespace nestwalk
