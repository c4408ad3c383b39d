// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/config/input_error.h"
#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/config/toml_value.h"
#include "sim/config/write.h"

namespace nestwalk {
namespace {

constexpr size_t kMostValues = 1000000;

constexpr char kForms[] =
    "must be a list of values, or a range {from = .., to = .., step = ..} or {from = .., to = .., "
    "factor = ..}; without step and factor the axis is sampled";

double number(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  throw InputError("a range is of numbers or sizes; give a list of values instead");
}

/// A number in the kind that the key takes.
Value number_value(double value, bool whole) {
  return whole ? Value(static_cast<int64_t>(std::llround(value))) : Value(value);
}

class RangeReader {
 public:
  RangeReader(Axis& axis, const toml::table& table) : axis_(axis), table_(table) {}

  void read() {
    for (const auto& [name, node] : table_) refuse_unknown(name.str());
    const Value from = canonical(axis_.key, required("from"));
    const Value to = canonical(axis_.key, required("to"));
    axis_.from = number(from);
    axis_.to = number(to);
    axis_.whole = std::holds_alternative<int64_t>(from);
    if (!(axis_.from <= axis_.to)) throw InputError("from must not be above to");
    if (const toml::node* step = table_.get("step"))
      add_steps(step_of(*step), false);
    else if (const toml::node* factor = table_.get("factor"))
      add_steps(number(from_toml(*factor)), true);
    else
      make_continuous();
  }

 private:
  static void refuse_unknown(std::string_view name) {
    for (const std::string_view known : {"from", "to", "step", "factor", "log"})
      if (name == known) return;
    throw InputError(fmt::format("{}: {}", name, kForms));
  }

  Value required(const char* name) const {
    const toml::node* const node = table_.get(name);
    if (node == nullptr) throw InputError(kForms);
    return from_toml(*node);
  }

  /// A step may be a size where the key takes sizes; it need not be a value of the key.
  double step_of(const toml::node& node) const {
    const Value step = from_toml(node);
    return number(std::holds_alternative<std::string>(step) ? canonical(axis_.key, step) : step);
  }

  void add_steps(double step, bool is_factor) {
    if (table_.contains("log") || (is_factor && table_.contains("step")) ||
        (table_.contains("step") && table_.contains("factor")))
      throw InputError("step, factor and log exclude each other");
    if (is_factor ? !(step > 1 && axis_.from > 0) : !(step > 0))
      throw InputError(is_factor ? "factor must be above 1, and from above 0"
                                 : "step must be above 0");
    const double last = axis_.to * (1 + 1e-12);  // 0.1 + 0.1 + 0.1 reaches 0.3
    for (size_t i = 0;; ++i) {
      const double value = is_factor ? axis_.from * std::pow(step, static_cast<double>(i))
                                     : axis_.from + step * static_cast<double>(i);
      if (value > last) break;
      if (i == kMostValues) throw InputError(fmt::format("has more than {} values", kMostValues));
      const Value next = canonical(axis_.key, number_value(std::min(value, axis_.to), axis_.whole));
      if (axis_.values.empty() || axis_.values.back() != next) axis_.values.push_back(next);
    }
  }

  void make_continuous() {
    if (const toml::node* log = table_.get("log")) axis_.logarithmic = read_flag(from_toml(*log));
    if (axis_.logarithmic && !(axis_.from > 0)) throw InputError("log needs from above 0");
  }

  static bool read_flag(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    throw InputError("log must be true or false");
  }

  Axis& axis_;
  const toml::table& table_;
};

void read_list(Axis& axis, const toml::array& list) {
  for (const toml::node& node : list) {
    const Value value = canonical(axis.key, from_toml(node));
    if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end())
      throw InputError(to_toml(value) + " is given twice");
    axis.values.push_back(value);
  }
  if (axis.values.empty()) throw InputError("has no values");
}

}  // namespace

Value Axis::at(double share) const {
  if (!continuous()) return values[static_cast<size_t>(share * static_cast<double>(values.size()))];
  if (whole && !logarithmic)
    return canonical(key, number_value(std::floor(from + share * (to - from + 1)), true));
  const double value = logarithmic ? from * std::pow(to / from, share) : from + share * (to - from);
  return canonical(key, number_value(value, whole));
}

Value canonical(const std::string& key, const Value& value) {
  const Key* const known = find_key(key);
  if (known == nullptr) throw InputError(describe_unknown_key(key));
  Config config;
  known->set(config, value);
  if (key == "preset") find_preset(config.preset);
  return known->get(config);
}

Axis read_axis(const std::string& key, const toml::node& node, const std::string& origin) {
  Axis axis;
  axis.key = key;
  axis.origin = origin;
  try {
    if (find_key(key) == nullptr) throw InputError(describe_unknown_key(key));
    if (const toml::array* list = node.as_array())
      read_list(axis, *list);
    else if (const toml::table* table = node.as_table())
      RangeReader(axis, *table).read();
    else
      throw InputError(kForms);
  } catch (const InputError& error) {
    throw InputError(origin, key + ": " + error.what());
  }
  return axis;
}

nlohmann::json to_json(const Axis& axis) {
  if (axis.continuous()) return {{"from", axis.from}, {"to", axis.to}, {"log", axis.logarithmic}};
  nlohmann::json values = nlohmann::json::array();
  for (const Value& value : axis.values) values.push_back(nlohmann::json(to_json(value)));
  return values;
}

}  // namespace nestwalk
