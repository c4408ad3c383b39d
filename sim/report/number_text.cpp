// SPDX-License-Identifier: Apache-2.0
#include "sim/report/number_text.h"

#include <fmt/format.h>

namespace nestwalk {

std::string with_commas(uint64_t value) {
  std::string text = std::to_string(value);
  for (size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

std::string counted(uint64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string percent(double part, double whole) {
  if (whole == 0) return "-";
  const double value = 100 * part / whole;
  return value > 0 && value < 0.05 ? "<0.1 %" : fmt::format("{:.1f} %", value);
}

std::string ratio(double part, double whole, int digits) {
  return whole == 0 ? "-" : fmt::format("{:.{}f}", part / whole, digits);
}

std::string duration(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds + 0.5);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace nestwalk
