// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nestwalk::nwt {

using namespace std::string_view_literals;

/// First bytes of a .nwt file. A transfer that changes line ends or drops bit 7 breaks them.
inline constexpr std::string_view kMagic = "\x89NWT\r\n\x1a\n"sv;

}  // namespace nestwalk::nwt
