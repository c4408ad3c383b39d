// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/io/input_error.h"

namespace nestwalk {

/// `parse(text)`, whose InputError names the option.
template <class Parse>
auto parse_option(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const InputError& error) {
    throw InputError(option, error.what());
  }
}

}  // namespace nestwalk
