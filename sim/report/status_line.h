// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace nestwalk {

/// A line on standard error that says how far a long command is, if that is a terminal on which it
/// can be erased, as it is at the end; cut to the terminal's width.
class StatusLine {
 public:
  /// `quiet`: no line on a terminal either.
  explicit StatusLine(bool quiet = false);
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  bool is_on_terminal() const { return on_terminal_; }
  /// Whether there is a line, and the one that stands there has stood for a quarter of a second.
  bool is_due() const { return on_terminal_ && Clock::now() >= next_; }
  /// Replaces the line.
  void show(const std::string& text);
  /// Erases it, before something else is printed.
  void clear();

  /// Since it was made.
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point began_;
  Clock::time_point next_;
};

}  // namespace nestwalk
