// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Bits `low + width - 1` to `low` of a 64-bit word, by name.
template <int low, int width = 1>
struct BitField {
  static_assert(low >= 0 && width >= 1 && low + width <= 64);
  static constexpr uint64_t kMask = (~uint64_t{0} >> (64 - width)) << low;

  /// The field's value, moved down to bit 0.
  static constexpr uint64_t get(uint64_t word) { return (word & kMask) >> low; }
  /// `word` with the field replaced; bits of `value` past the field's width are dropped.
  static constexpr uint64_t set(uint64_t word, uint64_t value) {
    return (word & ~kMask) | ((value << low) & kMask);
  }
};

/// Bits `high` down to `low`, both included; empty if high < low.
constexpr uint64_t bit_range(int high, int low) {
  return high < low ? 0 : (~uint64_t{0} >> (63 - high)) & (~uint64_t{0} << low);
}

}  // namespace nestwalk
