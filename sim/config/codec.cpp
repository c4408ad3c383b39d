// SPDX-License-Identifier: Apache-2.0
#include "sim/config/codec.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/config/schedule.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

/// A result holds its configuration, and JSON is UTF-8.
void require_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
  } catch (const nlohmann::json::type_error&) {
    throw InputError(
        "must be UTF-8, in which results are written; give a file another name, or a "
        "link of another name");
  }
}

InputError mismatch(const std::string& right, const Value& value) {
  return InputError(fmt::format("must be {}, not {}", right, to_toml(value)));
}

}  // namespace

int64_t read_whole(const Value& value, int64_t min, int64_t max) {
  const auto* number = std::get_if<int64_t>(&value);
  if (number == nullptr || *number < min || *number > max)
    throw mismatch(fmt::format("a whole number from {} to {}", min, max), value);
  return *number;
}

double read_real(const Value& value, double min, double max) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const auto* integer = std::get_if<int64_t>(&value)) number = static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) number = *real;
  if (!(number >= min && number <= max))
    throw mismatch(fmt::format("a number from {} to {}", min, max), value);
  return number;
}

bool read_flag(const Value& value) {
  const auto* flag = std::get_if<bool>(&value);
  if (flag == nullptr) throw mismatch("true or false", value);
  return *flag;
}

std::string read_text(const Value& value) {
  const auto* const text = std::get_if<std::string>(&value);
  if (text == nullptr) return to_toml(value);
  require_utf8(*text);
  return *text;
}

int64_t read_size(const Value& value, int64_t min, int64_t max) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* number = std::get_if<int64_t>(&value);
  if (text == nullptr && number == nullptr)
    throw mismatch("a size such as \"32KiB\" or 32768", value);
  if (number != nullptr && *number < 0) throw mismatch("a size of 0 or more bytes", value);
  const uint64_t bytes = text != nullptr ? parse_size(*text) : static_cast<uint64_t>(*number);
  if (bytes < static_cast<uint64_t>(min) || bytes > static_cast<uint64_t>(max))
    throw mismatch(fmt::format("a size from {} to {}", format_size(static_cast<uint64_t>(min)),
                               format_size(static_cast<uint64_t>(max))),
                   value);
  return static_cast<int64_t>(bytes);
}

VirtualRange read_range(const Value& value) {
  const auto* bounds = std::get_if<std::vector<Value>>(&value);
  if (bounds == nullptr) return parse_range(read_text(value));
  std::string text;
  for (const Value& bound : *bounds) {
    const auto* number = std::get_if<int64_t>(&bound);
    if (number != nullptr && *number < 0)
      throw mismatch("addresses, those of 2^63 and above as text such as \"0xffff800000000000\"",
                     value);
    if (!text.empty()) text += ", ";
    text += number != nullptr ? format_address(static_cast<uint64_t>(*number)) : read_text(bound);
  }
  return parse_range("[" + text + "]");
}

Codec<bool> flag() {
  return {"true or false", read_flag, [](const bool& value) { return Value(value); }};
}

Codec<double> real(double min, double max) {
  return {fmt::format("{} to {}", min, max),
          [=](const Value& value) { return read_real(value, min, max); },
          [](const double& value) { return Value(value); }};
}

Codec<std::string> text(std::string range) {
  return {std::move(range), read_text, [](const std::string& value) { return Value(value); }};
}

Codec<std::vector<std::string>> texts() {
  return {"a list of texts",
          [](const Value& value) {
            std::vector<std::string> all;
            if (const auto* list = std::get_if<std::vector<Value>>(&value))
              for (const Value& one : *list) all.push_back(read_text(one));
            else
              all.push_back(read_text(value));
            return all;
          },
          [](const std::vector<std::string>& all) {
            return Value(std::vector<Value>(all.begin(), all.end()));
          }};
}

Codec<std::vector<std::string>> schedule() {
  Codec<std::vector<std::string>> codec = texts();
  codec.read = [read = codec.read](const Value& value) {
    std::vector<std::string> lines = read(value);
    parse_schedule(lines);
    return lines;
  };
  return codec;
}

Codec<Pages> pages() {
  return {"4K, 2M, 1G or THP; in a VM guest+nested, nested 4K, 2M or 1G",
          [](const Value& value) { return parse_pages(read_text(value)); },
          [](const Pages& value) { return Value(to_string(value)); }};
}

Codec<uint64_t> size(int64_t min, int64_t max) {
  return {fmt::format("{} to {}", format_size(static_cast<uint64_t>(min)),
                      format_size(static_cast<uint64_t>(max))),
          [=](const Value& value) { return static_cast<uint64_t>(read_size(value, min, max)); },
          [](const uint64_t& value) { return Value(static_cast<int64_t>(value)); }};
}

Codec<VirtualRange> range() {
  return {"[base, limit], base < limit, multiples of 0x1000", read_range,
          [](const VirtualRange& value) {
            return Value(std::vector<Value>{Value(format_address(value.base.value())),
                                            Value(format_address(value.limit.value()))});
          }};
}

}  // namespace nestwalk
