// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace nestwalk {

/// How a worker ended.
struct WorkerOutcome {
  std::optional<std::string> answer;
  std::string reason;        ///< Why there is none.
  bool wrong_input = false;  ///< The reason is an InputError.
  double seconds = 0;        ///< Wall time.
  double cpu_seconds = 0;    ///< Processor time.
  int64_t peak_memory = 0;   ///< Bytes resident at most, those shared with the parent included.
};

/// A function that runs in a process of its own and answers with a text. It ends with its parent,
/// whatever ends that; what it does to itself, a crash included, is an outcome and touches nothing
/// else. Interruptions do not reach it: the parent decides what they mean.
class Worker {
 public:
  using Work = std::function<std::string()>;

  /// Forks. What `work` throws is the reason of a failure. Throws std::runtime_error if there is no
  /// process to be had.
  explicit Worker(const Work& work);
  /// Kills the process if it has not been collected.
  ~Worker();
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;

  /// Readable where there is something to `collect`.
  int descriptor() const { return pipe_; }

  /// Takes what the process has written so far, waiting for more if there is nothing; its outcome,
  /// once it has ended.
  std::optional<WorkerOutcome> collect();

 private:
  WorkerOutcome outcome(int status) const;

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string received_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace nestwalk
