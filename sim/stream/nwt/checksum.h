// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nestwalk::nwt {

/// A 64-bit checksum of bytes, continued from the checksum of what comes before. Every step is
/// one-to-one in the word it takes, so that an error inside one aligned 8-byte word is always
/// found, and any other with a chance of 2^-64 to be missed. Four words at a time keep it far from
/// the cost of decoding.
inline uint64_t checksum(const void* data, size_t bytes, uint64_t before = 0) {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  const auto step = [](uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * kOdd;
    return lane ^ (lane >> 32);
  };
  uint64_t lanes[4] = {before, bytes, 2, 3};
  const char* from = static_cast<const char*>(data);
  for (; bytes >= 32; bytes -= 32, from += 32) {
    uint64_t words[4];
    std::memcpy(words, from, sizeof words);
    for (int i = 0; i < 4; ++i) lanes[i] = step(lanes[i], words[i]);
  }
  for (int i = 0; bytes > 0; ++i) {
    const size_t taken = bytes < 8 ? bytes : 8;
    uint64_t word = 0;
    std::memcpy(&word, from, taken);
    lanes[i] = step(lanes[i], word);
    from += taken;
    bytes -= taken;
  }
  uint64_t sum = 0;
  for (const uint64_t lane : lanes) sum = sum * kOdd + lane;
  return sum;
}

/// Checksum of a header's bytes before its last member, `checksum`.
template <class Header>
uint64_t checksum_of(const Header& header) {
  return checksum(&header, offsetof(Header, checksum));
}

}  // namespace nestwalk::nwt
