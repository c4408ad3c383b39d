// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/value.h"

namespace nestwalk {

/// One key given a value somewhere.
struct Setting {
  std::string key;
  Value value;
  std::string origin;  ///< `machine.toml:7`, `--set`, `--mode`, `preset modern`.
  std::string reason;  ///< Why a preset chose the value; empty elsewhere.
};

/// Whether a key says what stream is run; of two such the later one counts.
inline bool names_stream(std::string_view key) {
  return key == "trace" || key == "workload";
}

/// `--set KEY=VALUE`. Throws InputError.
Setting parse_setting(std::string_view text);

/// The settings of a TOML file, in no particular order. Throws InputError with file and line.
std::vector<Setting> read_toml(const std::string& path);

}  // namespace nestwalk
