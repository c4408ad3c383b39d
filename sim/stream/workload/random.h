// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// The finalizer of splitmix64: every bit of the result depends on every bit of `x`.
constexpr uint64_t scrambled(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// splitmix64: equal seeds give equal numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(scrambled(seed + kStep)) {}
  /// A sequence of its own for each pair.
  Random(uint64_t seed, uint64_t index) : Random(scrambled(seed + kStep) ^ index) {}

  uint64_t operator()() { return scrambled(state_ += kStep); }
  /// Of [0, count), for counts up to 2^32 without noticeable bias.
  uint64_t below(uint64_t count) {
    return static_cast<uint64_t>((static_cast<Wide>((*this)()) * count) >> 64);
  }
  /// Of [0, 1).
  double fraction() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;

  uint64_t state_;
};

}  // namespace nestwalk
