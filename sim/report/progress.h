// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/report/status_line.h"

namespace nestwalk {

/// The status line of what goes through many elements, millions a second.
class Progress {
 public:
  /// `total` unset: no percentage, no time left. `quiet`: no line on a terminal either.
  Progress(std::string unit, std::optional<uint64_t> total, bool quiet = false);

  void update(uint64_t done);

 private:
  std::string unit_;
  std::optional<uint64_t> total_;
  StatusLine line_;
};

}  // namespace nestwalk
