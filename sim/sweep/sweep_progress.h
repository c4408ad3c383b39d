// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/sweep/results.h"

namespace nestwalk {

/// A line on standard error that says how far a sweep is, what failed, how long it will take and
/// which point is best so far, if that is a terminal; erased at the end.
class SweepProgress {
 public:
  struct Best {
    int64_t number;
    uint64_t cycles;
  };

  /// `points`: to be run from now on.
  explicit SweepProgress(int64_t points);
  ~SweepProgress();
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  void note(int64_t number, const PointOutcome& outcome);
  /// Says what is done while no point ends.
  void say(const std::string& what);

  int64_t failed() const { return failed_; }
  const std::string& first_reason() const { return first_reason_; }
  /// Fewest cycles.
  const std::optional<Best>& best() const { return best_; }
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  void show(const std::string& line);

  int64_t points_;
  int64_t finished_ = 0;
  int64_t failed_ = 0;
  std::string first_reason_;
  std::optional<Best> best_;
  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point began_;
  Clock::time_point next_;
};

}  // namespace nestwalk
