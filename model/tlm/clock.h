// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <systemc>

namespace nestwalk {

/// The length of a core cycle. All durations of the model are whole multiples of it, so that times
/// turn back into cycles exactly. There is no ticking clock.
class Clock {
 public:
  /// `picoseconds` of one cycle. Throws std::invalid_argument if that is no multiple of SystemC's
  /// time resolution, 1 by default.
  explicit Clock(uint64_t picoseconds = 1000)
      : period_(period_of(picoseconds)),
        reciprocal_(period_.value() == 1 ? 0 : ~uint64_t{0} / period_.value() + 1),
        most_cycles_(~uint64_t{0} / period_.value()),
        reach_(period_.value() == 1 ? 0 : most_cycles_) {}

  sc_core::sc_time cycles(uint64_t count) const {
    return sc_core::sc_time::from_value(period_.value() * count);
  }
  /// `count` cycles after `from`. Throws std::overflow_error past the end of SystemC's time, 2^64
  /// of its resolution: half a year of picoseconds.
  sc_core::sc_time later(const sc_core::sc_time& from, uint64_t count) const {
    const sc_core::sc_time then = from + cycles(count);
    if (count > most_cycles_ || then < from)
      throw std::overflow_error("simulated time is at its end: SystemC counts " +
                                std::to_string(most_cycles_) + " cycles");
    return then;
  }
  /// Whole cycles in a duration: by multiplication with the reciprocal as far as that is exact
  /// (hours of simulated time), else by division.
  uint64_t count(const sc_core::sc_time& duration) const {
    if (duration.value() >= reach_) return duration.value() / period_.value();
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(reciprocal_) * duration.value()) >> 64);
  }

 private:
  static sc_core::sc_time period_of(uint64_t picoseconds) {
    const sc_core::sc_time period(static_cast<double>(picoseconds), sc_core::SC_PS);
    if (picoseconds == 0 ||
        std::llround(period.to_seconds() * 1e12) != static_cast<long long>(picoseconds))
      throw std::invalid_argument("clock: a cycle of " + std::to_string(picoseconds) +
                                  " ps is no multiple of SystemC's time resolution, " +
                                  sc_core::sc_get_time_resolution().to_string());
    return period;
  }

  sc_core::sc_time period_;
  uint64_t reciprocal_;   ///< 2^64 / period, rounded up.
  uint64_t most_cycles_;  ///< That a duration can hold.
  uint64_t reach_;        ///< Durations below are divided exactly by the reciprocal.
};

}  // namespace nestwalk
