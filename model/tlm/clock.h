// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>

namespace nestwalk {

/// The length of a core cycle. All durations of the model are whole multiples of it, so that times
/// turn back into cycles exactly. There is no ticking clock.
class Clock {
 public:
  /// `picoseconds` of one cycle, at least 1 (the default time resolution).
  explicit Clock(uint64_t picoseconds = 1000)
      : period_(static_cast<double>(picoseconds), sc_core::SC_PS),
        shift_(__builtin_ctzll(period_.value())),
        inverse_(inverse_of(period_.value() >> shift_)) {}

  const sc_core::sc_time& period() const { return period_; }
  sc_core::sc_time cycles(uint64_t count) const {
    return sc_core::sc_time::from_value(period_.value() * count);
  }
  /// Cycles in a duration that is a whole multiple of them: an exact division, by multiplication
  /// with the inverse of the period's odd part modulo 2^64.
  uint64_t count(const sc_core::sc_time& duration) const {
    return (duration.value() >> shift_) * inverse_;
  }

 private:
  static uint64_t inverse_of(uint64_t odd) {
    uint64_t inverse = odd;  // right in its low 3 bits; each step of Newton's doubles them
    for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
    return inverse;
  }

  sc_core::sc_time period_;
  int shift_;
  uint64_t inverse_;
};

}  // namespace nestwalk
