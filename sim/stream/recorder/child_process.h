// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace nestwalk {

/// A program that runs beside this one; killed if it still runs when this object or this process
/// goes, whatever ends it.
class ChildProcess {
 public:
  struct Redirection {
    int from;  ///< A descriptor of the child.
    int to;    ///< The descriptor of this process that it becomes a copy of.
  };

  /// Starts `path`. Descriptors are closed in it but for 0, 1, 2 and the redirected. Throws
  /// std::runtime_error.
  ChildProcess(const std::string& path, const std::vector<std::string>& arguments,
               const std::vector<Redirection>& redirections);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Whether it has ended; from then on status() is known.
  bool ended();
  void send_signal(int number) const;
  /// As waitpid() gives it.
  std::optional<int> status() const { return status_; }

 private:
  pid_t process_ = -1;
  std::optional<int> status_;
};

}  // namespace nestwalk
