// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {

/// Like CLI::Range, by which NaN passes.
inline CLI::Validator number_in(double least, double most) {
  const auto complaint = [least, most](const std::string& text) {
    double value = 0;
    const bool holds = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
    return holds ? std::string()
                 : fmt::format("must be a number from {} to {}, not \"{}\"", least, most, text);
  };
  return CLI::Validator(complaint, "");
}

/// Like CLI::Range for whole numbers, by which those below 0 and above 64 bits wrap around.
inline CLI::Validator whole_number_in(uint64_t least, uint64_t most) {
  const auto complaint = [least, most](std::string& text) {
    try {
      const uint64_t value = parse_whole(text);
      text = std::to_string(value);  // as CLI11 reads it: 010 is no octal number
      if (value >= least && value <= most) return std::string();
    } catch (const InputError&) {
    }
    return fmt::format("must be a whole number from {} to {}, not \"{}\"", least, most, text);
  };
  return CLI::Validator(complaint, "");
}

/// The largest number of references that an option takes, as configuration keys do.
inline constexpr uint64_t kMostReferences = INT64_MAX;

}  // namespace nestwalk
