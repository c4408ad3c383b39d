// SPDX-License-Identifier: Apache-2.0
#include "sim/io/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

struct Suffix {
  std::string_view text;
  int shift;
};
constexpr std::array<Suffix, 5> kSuffixes{
    {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}}};

std::optional<uint64_t> whole(std::string_view text, int base) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<uint64_t> hexadecimal(std::string_view text) {
  if (text.substr(0, 2) != "0x" && text.substr(0, 2) != "0X") return std::nullopt;
  return whole(text.substr(2), 16);
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\"");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\"") - first + 1);
}

}  // namespace

uint64_t parse_whole(std::string_view text) {
  if (const auto value = whole(text, 10)) return *value;
  if (const auto value = hexadecimal(text)) return *value;
  throw InputError(fmt::format("must be a whole number below 2^64, not \"{}\"", text));
}

uint64_t parse_size(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (!ends_with(text, suffix.text)) continue;
    const auto count = whole(text.substr(0, text.size() - suffix.text.size()), 10);
    if (!count || *count > std::numeric_limits<uint64_t>::max() >> suffix.shift) break;
    return *count << suffix.shift;
  }
  throw InputError(
      fmt::format("must be a size below 2^64 bytes such as 64GiB, 4KiB or 4096, not \"{}\"", text));
}

std::string format_size(uint64_t bytes) {
  for (const Suffix& suffix : kSuffixes) {
    const uint64_t count = bytes >> suffix.shift;
    if (count != 0 && count << suffix.shift == bytes)
      return fmt::format("{}{}", count, suffix.text);
  }
  return "0";
}

uint64_t parse_address(std::string_view text) {
  if (const auto value = hexadecimal(text)) return *value;
  throw InputError(fmt::format(
      "must be a hexadecimal address of at most 64 bits such as 0x7f0000001000, not \"{}\"", text));
}

std::string format_address(uint64_t address) {
  return fmt::format("{:#x}", address);
}

VirtualRange parse_range(std::string_view text) {
  std::string_view inside = trim(text);
  const size_t comma = inside.find(',');
  if (inside.empty() || inside.front() != '[' || inside.back() != ']' || comma == inside.npos)
    throw InputError(
        fmt::format("must be [base, limit] such as [0x7f0000000000, 0x7f0040000000], "
                    "not \"{}\"",
                    text));
  inside = inside.substr(1, inside.size() - 2);
  const VirtualRange range{GuestVirtual(parse_address(trim(inside.substr(0, comma - 1)))),
                           GuestVirtual(parse_address(trim(inside.substr(comma))))};
  if (!(range.base < range.limit)) throw InputError("base must be below limit");
  if (!range.base.is_aligned(PageSize::k4K) || !range.limit.is_aligned(PageSize::k4K))
    throw InputError("base and limit must be multiples of 4 KiB (0x1000)");
  return range;
}

}  // namespace nestwalk
