// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nestwalk {

/// A line on standard error that says how far a long command is, a few times a second, if that is a
/// terminal; erased at the end.
class Progress {
 public:
  /// `total` unset: no percentage, no time left. `quiet`: no line on a terminal either.
  Progress(std::string unit, std::optional<uint64_t> total, bool quiet = false);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  std::string unit_;
  std::optional<uint64_t> total_;
  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point began_;
  Clock::time_point next_;
};

}  // namespace nestwalk
