// SPDX-License-Identifier: Apache-2.0
#include "sim/config/setting.h"

#include <fmt/format.h>

#include <set>

#include "sim/config/keys.h"
#include "sim/config/toml_file.h"
#include "sim/config/toml_value.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

/// Flattens nested tables into dotted keys.
class Flattener {
 public:
  explicit Flattener(std::string file) : file_(std::move(file)) {}

  std::vector<Setting> take() { return std::move(settings_); }

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string path = prefix + std::string(key.str());
      const toml::table* const inner = node.as_table();
      if (inner != nullptr && !inner->empty())
        add(*inner, path + ".");
      else
        add_leaf(path, node, key.source().begin.line);
    }
  }

 private:
  void add_leaf(const std::string& path, const toml::node& node, uint32_t line) {
    const std::string origin = fmt::format("{}:{}", file_, line);
    if (!seen_.insert(path).second) throw InputError(origin, path + ": is set twice");
    if (node.is_table()) {  // empty: all keys of a known table may be left out
      if (first_key_of(path) == nullptr) settings_.push_back({path, {}, origin, {}});
      return;
    }
    try {
      settings_.push_back({path, from_toml(node), origin, {}});
    } catch (const InputError& error) {
      throw InputError(origin, path + ": " + error.what());
    }
  }

  std::string file_;
  std::set<std::string> seen_;
  std::vector<Setting> settings_;
};

}  // namespace

Value from_toml(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* array = node.as_array()) {
    std::vector<Value> values;
    for (const toml::node& element : *array) values.push_back(from_toml(element));
    return values;
  }
  throw InputError("must be a number, true or false, text or an array of these");
}

std::vector<Setting> settings(const toml::table& table, const std::string& file) {
  Flattener flattener(file);
  flattener.add(table, "");
  return flattener.take();
}

Setting parse_setting(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos)
    throw InputError("--set", fmt::format("must be key=value, such as l2_tlb.entries=1024, not "
                                          "\"{}\"",
                                          text));
  return {std::string(text.substr(0, equals)), parse_value(text.substr(equals + 1)), "--set", {}};
}

std::vector<Setting> read_toml(const std::string& path) {
  return settings(parse_toml_file(path), path);
}

}  // namespace nestwalk
