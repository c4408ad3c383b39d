// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/sweep/results.h"

namespace nestwalk {

/// A process that computes one point. It ends with its parent, whatever ends that; what it does to
/// itself, a crash included, is an outcome and touches no other point.
class Worker {
 public:
  using Work = std::function<nlohmann::ordered_json()>;

  /// Forks. `work` runs in the new process; what it throws is the reason of a failure.
  Worker(int64_t number, const Work& work);
  /// Kills the process if it has not been collected.
  ~Worker();
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;

  int64_t number() const { return number_; }
  /// Readable where there is something to `collect`.
  int descriptor() const { return pipe_; }

  /// Takes what the process has written so far; its outcome, once it has ended.
  std::optional<PointOutcome> collect();

 private:
  PointOutcome outcome(int status) const;

  int64_t number_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string received_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace nestwalk
