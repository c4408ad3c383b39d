// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace nestwalk {

/// What the user gave cannot be used: an option, a configuration, a trace. The message says what,
/// where, and what would be right. The command line prints it and exits with 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// An error at a place: a file, an option, a key.
  InputError(const std::string& place, const std::string& what)
      : std::runtime_error(place + ": " + what) {}
  /// An error in a line of a file, counted from 1.
  InputError(const std::string& file, uint64_t line, const std::string& what)
      : std::runtime_error(file + ":" + std::to_string(line) + ": " + what) {}
};

}  // namespace nestwalk
