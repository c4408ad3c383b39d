// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/report/status_line.h"
#include "sim/sweep/results.h"

namespace nestwalk {

/// How far a sweep is, what failed, how long it will take and which point is best so far: on the
/// status line, and for who sums up at the end.
class SweepProgress {
 public:
  /// `points`: to be run from now on. `best`: of those that are done.
  SweepProgress(int64_t points, std::optional<BestPoint> best);

  void note(int64_t number, const PointOutcome& outcome);
  /// Says how far it is where the next point may take long to end.
  void show();
  /// Where what is done while no point ends is said.
  StatusLine& line() { return line_; }

  int64_t failed() const { return failed_; }
  const std::string& first_reason() const { return first_reason_; }
  const std::optional<BestPoint>& best() const { return best_; }
  double seconds() const { return line_.seconds(); }

 private:
  int64_t points_;
  int64_t finished_ = 0;
  int64_t failed_ = 0;
  std::string first_reason_;
  std::optional<BestPoint> best_;
  StatusLine line_;
};

}  // namespace nestwalk
