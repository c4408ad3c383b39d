// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

namespace nestwalk {

/// A little-endian number at an address of any alignment (x86-64 is little-endian).
template <class Number>
Number load_little_endian(const void* from) {
  Number value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class Number>
void store_little_endian(void* to, Number value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace nestwalk
