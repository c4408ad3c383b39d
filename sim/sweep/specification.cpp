// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/specification.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "sim/config/keys.h"
#include "sim/config/suggestion.h"
#include "sim/config/toml_file.h"
#include "sim/config/toml_value.h"
#include "sim/config/write.h"
#include "sim/io/input_error.h"
#include "sim/stream/fingerprint.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Specification read() {
    const toml::table file = parse_toml_file(path_);
    for (const auto& [name, node] : file) refuse_unknown(name);
    if (const toml::node* base = file.get("base"))
      specification_.base = settings(table(*base, "base"), path_);
    if (const toml::node* axes = file.get("axes")) read_axes(table(*axes, "axes"));
    if (const toml::node* list = file.get("constraints")) read_constraints(*list);
    if (const toml::node* sample = file.get("sample")) read_sample(table(*sample, "sample"));
    check();
    return std::move(specification_);
  }

 private:
  void refuse_unknown(const toml::key& name) const {
    static const std::vector<std::string> kKnown{"base", "axes", "constraints", "sample"};
    const std::string word(name.str());
    if (std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end()) return;
    fail(name, fmt::format("{} is no part of a sweep; {}", word, did_you_mean(word, kKnown)));
  }

  const toml::table& table(const toml::node& node, const char* name) const {
    if (const toml::table* table = node.as_table()) return *table;
    fail(node, fmt::format("{0} must be a table, [{0}]", name));
  }

  void read_axes(const toml::table& table) {
    collect_axes(table, "");
    // A TOML table does not keep its order; the file's is the one that people expect.
    std::sort(positioned_.begin(), positioned_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [position, axis] : positioned_) specification_.axes.push_back(std::move(axis));
  }

  /// `"l2_tlb.entries" = [..]`, or bare `l2_tlb.entries = [..]`, which TOML reads as a table.
  void collect_axes(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const toml::table* const inner = node.as_table();
      if (inner != nullptr && !inner->contains("from") && find_key(key) == nullptr &&
          !inner->empty()) {
        collect_axes(*inner, key + ".");
        continue;
      }
      if (key == "constraints") fail(name, "constraints belong before the first [table]");
      if (!seen_.insert(key).second) fail(name, key + ": is an axis twice");
      positioned_.emplace_back(std::pair(name.source().begin.line, name.source().begin.column),
                               read_axis(key, node, place(name)));
    }
  }

  void read_constraints(const toml::node& node) {
    const toml::array* const list = node.as_array();
    if (list == nullptr) fail(node, "constraints must be a list of texts");
    for (const toml::node& element : *list) {
      const auto text = element.value<std::string>();
      if (!text) fail(element, "a constraint is a text, such as \"l2_tlb.entries <= 1024\"");
      try {
        specification_.constraints.emplace_back(*text, place(element));
      } catch (const InputError& error) {
        fail(element, error.what());
      }
    }
  }

  void read_sample(const toml::table& table) {
    Sample sample;
    for (const auto& [name, node] : table) {
      if (name.str() == "points")
        sample.points = static_cast<size_t>(whole(node, "points", 1, kMostPoints));
      else if (name.str() == "seed")
        sample.seed =
            static_cast<uint64_t>(whole(node, "seed", 0, std::numeric_limits<int64_t>::max()));
      else if (name.str() == "axes")
        sample.axes = names(node);
      else
        fail(name, fmt::format("{}: sample has points, seed and axes", name.str()));
    }
    if (sample.points == 0) fail(table, "sample: points = .. is missing");
    std::set<std::string> named;
    for (const std::string& key : sample.axes) {
      if (seen_.count(key) == 0) fail(table, fmt::format("sample: {} is no axis", key));
      if (!named.insert(key).second) fail(table, fmt::format("sample: {} stands there twice", key));
    }
    // In the order of the axes, since any other means the same sweep.
    sample.axes.clear();
    for (const Axis& axis : specification_.axes)
      if (named.empty() || named.count(axis.key) != 0) sample.axes.push_back(axis.key);
    specification_.sample = std::move(sample);
  }

  int64_t whole(const toml::node& node, const char* name, int64_t least, int64_t most) const {
    const auto value = node.value_exact<int64_t>();
    if (!value || *value < least || *value > most)
      fail(node, fmt::format("sample: {} must be a whole number from {} to {}", name, least, most));
    return *value;
  }

  std::vector<std::string> names(const toml::node& node) const {
    std::vector<std::string> list;
    const toml::array* const array = node.as_array();
    if (array == nullptr) fail(node, "sample: axes must be a list of keys");
    for (const toml::node& element : *array) list.push_back(element.value_or(std::string()));
    return list;
  }

  void check() const {
    if (specification_.axes.empty())
      throw InputError(path_, "a sweep needs [axes], such as \"l2_tlb.entries\" = [512, 1024]");
    for (const Axis& axis : specification_.axes) {
      if (is_sampled(axis.key)) continue;
      if (axis.continuous())
        throw InputError(axis.origin, axis.key + ": needs step or factor, or [sample]");
      if (axis.logarithmic) throw InputError(axis.origin, axis.key + ": log needs [sample]");
    }
    for (const Setting& setting : specification_.base) {
      try {
        canonical(setting.key, setting.value);
      } catch (const InputError& error) {
        throw InputError(setting.origin, setting.key + ": " + error.what());
      }
    }
  }

  bool is_sampled(const std::string& key) const {
    if (!specification_.sample) return false;
    const auto& keys = specification_.sample->axes;
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

  template <class Node>
  std::string place(const Node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }
  template <class Node>
  [[noreturn]] void fail(const Node& node, const std::string& what) const {
    throw InputError(place(node), what);
  }

  std::string path_;
  Specification specification_;
  std::set<std::string> seen_;
  std::vector<std::pair<std::pair<uint32_t, uint32_t>, Axis>> positioned_;
};

}  // namespace

Specification read_specification(const std::string& path) {
  return Reader(path).read();
}

ConfigRequest Specification::request(const Point& point) const {
  const bool stream_is_axis =
      std::any_of(axes.begin(), axes.end(), [](const Axis& a) { return names_stream(a.key); });
  const auto is_axis = [this](const std::string& key) {
    return std::any_of(axes.begin(), axes.end(), [&](const Axis& a) { return a.key == key; });
  };
  ConfigRequest request;
  for (const Setting& setting : base)
    if (!is_axis(setting.key) && !(stream_is_axis && names_stream(setting.key)))
      request.options.push_back(setting);
  for (size_t i = 0; i < axes.size(); ++i)
    request.options.push_back({axes[i].key, point[i], axes[i].origin, {}});
  return request;
}

Config Specification::config(const Point& point) const {
  return load_config(request(point)).config;
}

Config Specification::unchecked_config(const Point& point) const {
  return assemble_config(request(point)).config;
}

std::set<std::string> Specification::traces() const {
  std::set<std::string> names;
  const auto note = [&names](const std::string& key, const Value& value) {
    if (key == "trace" && value != Value(std::string())) names.insert(std::get<std::string>(value));
    if (key != "beside") return;
    for (const Value& one : std::get<std::vector<Value>>(value))
      if (const auto& name = std::get<std::string>(one); !names_workload(name)) names.insert(name);
  };
  for (const Setting& setting : base) note(setting.key, canonical(setting.key, setting.value));
  for (const Axis& axis : axes)
    for (const Value& value : axis.values) note(axis.key, value);
  return names;
}

nlohmann::json Specification::identity() const {
  nlohmann::json json;
  for (const Setting& setting : base)
    json["base"][setting.key] = nestwalk::to_json(canonical(setting.key, setting.value));
  for (const Axis& axis : axes)
    json["axes"].push_back({{"key", axis.key}, {"values", nestwalk::to_json(axis)}});
  for (const Constraint& constraint : constraints) json["constraints"].push_back(constraint.text());
  if (sample)
    json["sample"] = {{"points", sample->points}, {"seed", sample->seed}, {"axes", sample->axes}};
  for (const std::string& trace : traces()) json["traces"][trace] = fingerprint(trace);
  return json;
}

}  // namespace nestwalk
