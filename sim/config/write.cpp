// SPDX-License-Identifier: Apache-2.0
#include "sim/config/write.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/keys.h"
#include "sim/io/units.h"

namespace nestwalk {

std::string to_toml(const Key& key, const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  if (key.unit == "bytes" && number != nullptr)
    return to_toml(Value(format_size(static_cast<uint64_t>(*number))));
  return to_toml(value);
}

namespace {

/// Of a default, its own source; of another value, who gave it: a preset says why.
std::string source_text(const Key& key, const LoadedConfig& loaded, bool is_default) {
  const auto setting = loaded.settings.find(key.name);
  if (is_default || setting == loaded.settings.end()) return key.source;
  const Setting& given = setting->second;
  return given.reason.empty() ? given.origin : given.origin + ", " + given.reason;
}

std::string key_text(const Key& key, const LoadedConfig& loaded) {
  static const Config defaults;
  const Value standard = key.get(defaults);
  const Value value = key.get(loaded.config);
  std::string text = fmt::format("# {}\n#", key.doc);
  if (!key.unit.empty()) text += fmt::format(" unit: {};", key.unit);
  text += fmt::format(" range: {}; default: {}; source: {}\n", key.range, to_toml(key, standard),
                      source_text(key, loaded, value == standard));
  return text + (value.empty() ? fmt::format("# {} =\n", key.leaf())
                               : fmt::format("{} = {}\n", key.leaf(), to_toml(key, value)));
}

struct JsonWriter {
  using Json = nlohmann::ordered_json;
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(int64_t value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const std::vector<Value>& values) const {
    Json array = Json::array();
    for (const Value& value : values)
      array.push_back(std::visit(*this, static_cast<const Value::variant&>(value)));
    return array;
  }
};

}  // namespace

std::string to_toml(const LoadedConfig& loaded) {
  std::string text;
  std::string_view table;
  for (const Key& key : keys()) {
    if (key.table() != table) {
      table = key.table();
      text += fmt::format("\n[{}]\n", table);
    }
    text += key_text(key, loaded);
  }
  return text;
}

nlohmann::ordered_json to_json(const Value& value) {
  return std::visit(JsonWriter{}, static_cast<const Value::variant&>(value));
}

nlohmann::ordered_json to_json(const Config& config) {
  nlohmann::ordered_json json;
  for (const Key& key : keys())
    json[nlohmann::ordered_json::json_pointer(place_of(key.name))] = to_json(key.get(config));
  return json;
}

std::string place_of(std::string key) {
  std::replace(key.begin(), key.end(), '.', '/');
  return "/" + key;
}

}  // namespace nestwalk
