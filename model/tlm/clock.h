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
      : period_(static_cast<double>(picoseconds), sc_core::SC_PS) {}

  const sc_core::sc_time& period() const { return period_; }
  sc_core::sc_time cycles(uint64_t count) const {
    return sc_core::sc_time::from_value(period_.value() * count);
  }
  /// Whole cycles in a duration.
  uint64_t count(const sc_core::sc_time& duration) const {
    return duration.value() / period_.value();
  }

 private:
  sc_core::sc_time period_;
};

}  // namespace nestwalk
