// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace nestwalk {

/// For names, which are empty where a script's variable was not set: what that asked for must not
/// be left out in silence.
inline CLI::Validator not_empty() {
  const auto complaint = [](const std::string& text) {
    return std::string(text.empty() ? "must not be empty" : "");
  };
  return CLI::Validator(complaint, "");
}

}  // namespace nestwalk
