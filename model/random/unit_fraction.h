// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Of [0, 1), uniform if the bits are random: the upper 53, as many as a double holds. The standard
/// distributions differ between libraries.
constexpr double unit_fraction(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace nestwalk
