// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace nestwalk {

/// `12,345,678`.
std::string with_commas(uint64_t value);
/// `1 cycle`, `2 cycles`.
std::string counted(uint64_t count, const std::string& what);
/// `12.3 %` of a share; `<0.1 %` of a small one, `-` of 0 / 0.
std::string percent(double part, double whole);
/// `12.34`; `-` of 0 / 0.
std::string ratio(double part, double whole, int digits = 2);
/// `45 s`, `12 min`, `3 h 05 min`.
std::string duration(double seconds);

}  // namespace nestwalk
