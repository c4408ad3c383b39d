// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

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

}  // namespace nestwalk
