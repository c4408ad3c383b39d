// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/setting.h"

namespace nestwalk {

/// A machine by name: the settings in which it differs from the defaults, each with its reason.
struct Preset {
  std::string name;
  std::string doc;
  std::vector<Setting> settings;
};

const std::vector<Preset>& presets();

/// Throws InputError with the names there are.
const Preset& find_preset(std::string_view name);

}  // namespace nestwalk
