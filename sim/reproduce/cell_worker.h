// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace nestwalk {

/// A function that runs in a process of its own and answers with a text.
class CellWorker {
 public:
  /// Starts it. Throws std::runtime_error if there is no process to be had.
  explicit CellWorker(const std::function<std::string()>& work);
  /// Kills it if it has not ended.
  ~CellWorker();
  CellWorker(const CellWorker&) = delete;
  CellWorker& operator=(const CellWorker&) = delete;

  /// To be polled for reading.
  int descriptor() const { return pipe_; }
  /// Takes what can be read; true once all was said.
  bool read();
  /// The answer, after that. Throws std::runtime_error with what the work threw, or how it died.
  std::string answer();

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
  std::string said_;
};

}  // namespace nestwalk
