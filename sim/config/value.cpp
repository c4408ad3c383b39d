// SPDX-License-Identifier: Apache-2.0
#include "sim/config/value.h"

#include <fmt/format.h>

#include "sim/config/toml_file.h"
#include "sim/config/toml_value.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted.append({'\\', c});
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

struct Writer {
  std::string operator()(std::monostate) const { return "unset"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".en") == text.npos ? text + ".0" : text;
  }
  std::string operator()(const std::string& value) const { return quote(value); }
  std::string operator()(const std::vector<Value>& values) const {
    std::string text;
    for (const Value& value : values) text += (text.empty() ? "" : ", ") + to_toml(value);
    return "[" + text + "]";
  }
};

}  // namespace

std::string to_toml(const Value& value) {
  return std::visit(Writer{}, static_cast<const Value::variant&>(value));
}

Value parse_value(std::string_view text) {
  try {
    const toml::table table = parse_toml(fmt::format("value = {}", text), "value");
    if (table.size() == 1) return from_toml(*table.get("value"));
  } catch (const InputError&) {  // no TOML value, or one of no use here, such as a date: bare text
  }
  return std::string(text);
}

}  // namespace nestwalk
