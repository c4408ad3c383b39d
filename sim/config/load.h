// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/config/config.h"
#include "sim/config/setting.h"

namespace nestwalk {

/// Where a configuration comes from. Later wins: preset, file, --set, the command's own options.
struct ConfigRequest {
  std::string file;               ///< TOML; empty: none.
  std::string preset;             ///< Empty: the file's, else `paper`.
  std::vector<std::string> sets;  ///< `key=value`, as given to --set.
  std::vector<Setting> options;   ///< From dedicated options: origin `--mode`.
};

/// A configuration, and for each key that is not at its default what gave it its value.
struct LoadedConfig {
  Config config;
  std::map<std::string, Setting, std::less<>> settings;
};

/// Reads, resolves and checks. Throws InputError: file and line or option, key, what would be
/// right.
LoadedConfig load_config(const ConfigRequest& request);

/// The same without a check of the rules that bind keys together: each key alone is in its range.
LoadedConfig assemble_config(const ConfigRequest& request);

}  // namespace nestwalk
