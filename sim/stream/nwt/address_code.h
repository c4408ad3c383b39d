// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk::nwt {

/// How far back an address may be predicted from: elements.
inline constexpr int kWindow = 32;
/// Decoding an element from one so near waits for the store of that one: better farther back.
inline constexpr int kNear = 3;

/// How the address of an element follows from an earlier one: address[i - distance] + bias + the
/// next `delta_bytes` of the delta column as an unsigned number.
struct AddressCode {
  uint8_t distance = 1;     ///< 1 to kWindow.
  uint8_t delta_bytes = 8;  ///< 0 to 8. 0: the difference is the bias, always.
  int32_t constant = 0;     ///< The bias where delta_bytes is 0, else 0.

  /// For one difference.
  static AddressCode of_constant(int distance, int32_t difference) {
    return {static_cast<uint8_t>(distance), 0, difference};
  }
  /// For all differences that `bytes` (1 to 8) hold with their sign.
  static AddressCode of_bytes(int distance, int bytes) {
    return {static_cast<uint8_t>(distance), static_cast<uint8_t>(bytes), 0};
  }

  int64_t bias() const {
    if (delta_bytes == 0) return constant;
    return delta_bytes == 8 ? 0 : -(int64_t{1} << (8 * delta_bytes - 1));
  }
  /// Bits of a word of the delta column that belong to the element.
  uint64_t mask() const { return delta_bytes == 0 ? 0 : ~uint64_t{0} >> (64 - 8 * delta_bytes); }

  uint64_t key() const {
    return static_cast<uint64_t>(static_cast<uint32_t>(constant)) << 32 |
           uint64_t{delta_bytes} << 8 | distance;
  }
  friend bool operator==(const AddressCode& a, const AddressCode& b) { return a.key() == b.key(); }
  static AddressCode of_key(uint64_t key) {
    AddressCode code;
    code.distance = static_cast<uint8_t>(key);
    code.delta_bytes = static_cast<uint8_t>(key >> 8);
    code.constant = static_cast<int32_t>(key >> 32);
    return code;
  }
};

/// Bytes that hold a difference with its sign, 1 to 8; `magnitude` is it, or its complement where
/// it is negative.
constexpr int signed_bytes(uint64_t magnitude) {
  return (64 - __builtin_clzll(magnitude << 1 | 1) + 7) / 8;
}

}  // namespace nestwalk::nwt
