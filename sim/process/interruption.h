// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <csignal>
#include <stdexcept>

namespace nestwalk {

/// What asks a program to end: Ctrl-C, kill, and a terminal that is gone.
inline constexpr std::array<int, 3> kInterruptions{SIGINT, SIGTERM, SIGHUP};

/// Thrown out of what waits, or works for long, once an end has been asked for.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// While it lives, the first interruption asks for an orderly end; a second one, of whatever kind,
/// kills. One that was ignored before stays so: nohup and shells, for what they run in the
/// background, want that.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const std::atomic<bool>& requested() const;

 private:
  std::array<struct sigaction, kInterruptions.size()> before_;
};

/// Whether an Interruption lives that has been asked for an end.
bool is_interrupted();

/// From now on an interruption that no Interruption takes ends the program with a message and exit
/// code 1.
void tell_of_interruptions();

}  // namespace nestwalk
