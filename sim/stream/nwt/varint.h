// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace nestwalk::nwt {

/// Appends an unsigned number, 7 bits a byte, lowest first, bit 7 set but in the last byte.
inline void put_varint(std::vector<uint8_t>& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

/// Takes such a number off the front; false where there is none.
inline bool take_varint(const uint8_t*& from, const uint8_t* end, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && from < end; shift += 7) {
    const uint8_t byte = *from++;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// Small numbers of either sign as small unsigned ones.
constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

}  // namespace nestwalk::nwt
