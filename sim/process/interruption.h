// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace nestwalk {

/// What asks a program to end: Ctrl-C, kill, and a terminal that is gone.
inline constexpr std::array<int, 3> kInterruptions{SIGINT, SIGTERM, SIGHUP};

/// While it lives, the first interruption asks for an orderly end; a second one kills. A SIGHUP
/// that was ignored before stays so: that is what nohup is for.
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

/// From now on an interruption that no Interruption takes ends the program with a message and exit
/// code 1.
void tell_of_interruptions();

}  // namespace nestwalk
