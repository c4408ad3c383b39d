// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// n modulo a divisor fixed at construction, without a division. Of n only bits 45:0 count, so that
/// the reciprocal is exact: they hold every page and line number of a 52-bit physical or 57-bit
/// virtual address. The divisor is 1 to 2^18 and need not be a power of two (1536 entries in 4 ways
/// are 384 sets).
class Modulo {
 public:
  static constexpr uint64_t kMaxDivisor = uint64_t{1} << 18;
  static constexpr uint64_t kDividendMask = (uint64_t{1} << 46) - 1;

  constexpr explicit Modulo(uint64_t divisor)
      : divisor_(divisor),
        mask_((divisor & (divisor - 1)) == 0 ? divisor - 1 : 0),
        power_of_two_((divisor & (divisor - 1)) == 0),
        shift_(power_of_two_ ? __builtin_ctzll(divisor) : 0),
        reciprocal_(divisor == 1 ? 0 : ~uint64_t{0} / divisor + 1) {}

  struct Division {
    uint64_t quotient;
    uint64_t remainder;
  };

  constexpr uint64_t operator()(uint64_t n) const {
    return power_of_two_ ? n & mask_ : divide(n).remainder;
  }
  constexpr Division divide(uint64_t n) const {
    if (power_of_two_) return {n >> shift_, n & mask_};
    n &= kDividendMask;
    __extension__ using Wide = unsigned __int128;
    const auto quotient = static_cast<uint64_t>((static_cast<Wide>(reciprocal_) * n) >> 64);
    return {quotient, n - quotient * divisor_};
  }

  /// Whether the divisor is a power of two, and what is faster for such a one.
  constexpr bool is_power_of_two() const { return power_of_two_; }
  constexpr uint64_t masked(uint64_t n) const { return n & mask_; }
  constexpr Division divide_power_of_two(uint64_t n) const { return {n >> shift_, n & mask_}; }

  constexpr uint64_t divisor() const { return divisor_; }

 private:
  uint64_t divisor_;
  uint64_t mask_;
  bool power_of_two_;
  int shift_;
  uint64_t reciprocal_;
};

}  // namespace nestwalk
