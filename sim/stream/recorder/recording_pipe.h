// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/recorder/child_process.h"

namespace nestwalk {

/// The pipe through which a recorded program's tool sends references. It holds 1 MiB: a program
/// that is faster than the encoder waits.
class RecordingPipe {
 public:
  RecordingPipe();
  RecordingPipe(const RecordingPipe&) = delete;
  RecordingPipe& operator=(const RecordingPipe&) = delete;
  ~RecordingPipe();

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  /// A path at which another process of this user opens the write end.
  std::string write_path() const;

 private:
  int ends_[2];
};

/// What comes out of the pipe until the child has ended. Once `interrupted`, the child is asked to
/// end, and killed if it has not after a second.
class RecordingSource : public ByteSource {
 public:
  RecordingSource(const RecordingPipe& pipe, ChildProcess& child,
                  const std::atomic<bool>* interrupted)
      : pipe_(pipe), child_(child), interrupted_(interrupted) {}

  size_t read(char* to, size_t capacity) override;

  /// Ends the child as an interruption does, and drops what it still sends.
  void end_child();

 private:
  using Clock = std::chrono::steady_clock;

  bool wait_for_data() const;
  void end_child_if_asked();

  const RecordingPipe& pipe_;
  ChildProcess& child_;
  const std::atomic<bool>* interrupted_;
  bool enough_ = false;
  std::optional<Clock::time_point> asked_to_end_;
};

}  // namespace nestwalk
