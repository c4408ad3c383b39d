// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/config/toml_value.h"
#include "sim/config/write.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr size_t kMostValues = 1000000;

constexpr char kForms[] =
    "must be a list of values, or a range {from = .., to = .., step = ..} or {from = .., to = .., "
    "factor = ..}; for a sample also {from = .., to = ..}, and log = true beside a step or without";

/// Exact for every 64-bit integer and for every double.
long double number(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<long double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  throw InputError("a range is of numbers or sizes; give a list of values instead");
}

/// A number in the kind that the key takes.
Value number_value(long double value, bool whole) {
  if (!whole) return static_cast<double>(value);
  return value < 0x1p63L ? std::llroundl(value) : std::numeric_limits<int64_t>::max();
}

/// What was meant by a sum of decimal fractions: 0.1 + 0.1 + 0.1 is 0.3.
long double as_decimal(long double value) {
  return std::strtod(fmt::format("{:.15g}", static_cast<double>(value)).c_str(), nullptr);
}

class RangeReader {
 public:
  RangeReader(Axis& axis, const toml::table& table) : axis_(axis), table_(table) {}

  void read() {
    for (const auto& [name, node] : table_) refuse_unknown(name.str());
    const Value from = canonical(axis_.key, required("from"));
    const Value to = canonical(axis_.key, required("to"));
    from_ = number(from);
    to_ = number(to);
    axis_.from = static_cast<double>(from_);
    axis_.to = static_cast<double>(to_);
    axis_.whole = std::holds_alternative<int64_t>(from);
    if (!std::isfinite(from_) || !std::isfinite(to_))
      throw InputError("from and to must be finite");
    if (from_ > to_) throw InputError("from must not be above to");
    read_log();
    if (const toml::node* step = table_.get("step"))
      add_steps(step_of(*step), false);
    else if (const toml::node* factor = table_.get("factor"))
      add_steps(number(from_toml(*factor)), true);
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
  long double step_of(const toml::node& node) const {
    const Value step = from_toml(node);
    return number(std::holds_alternative<std::string>(step) ? canonical(axis_.key, step) : step);
  }

  void add_steps(long double step, bool is_factor) {
    if (table_.contains("factor") && (table_.contains("step") || table_.contains("log")))
      throw InputError("factor goes with neither step nor log");
    if (!std::isfinite(step) || (is_factor ? !(step > 1 && from_ > 0) : !(step > 0)))
      throw InputError(is_factor ? "factor must be finite and above 1, and from above 0"
                                 : "step must be finite and above 0");
    if (axis_.whole && !is_factor && step != std::floor(step))
      throw InputError("takes whole numbers, so step must be one");
    // Rounding must not cut the last one off.
    const long double last = to_ + (axis_.whole && !is_factor ? step * 1e-9L : to_ * 1e-12L);
    for (size_t i = 0;; ++i) {
      const auto steps = static_cast<long double>(i);
      const long double value = is_factor ? from_ * std::pow(step, steps) : from_ + step * steps;
      if (value > last) break;
      if (i == kMostValues) throw InputError(fmt::format("has more than {} values", kMostValues));
      const bool is_sum = !is_factor && !axis_.whole && i != 0 && value < to_;
      const Value next = canonical(
          axis_.key, number_value(is_sum ? as_decimal(value) : std::min(value, to_), axis_.whole));
      if (axis_.values.empty() || axis_.values.back() != next) axis_.values.push_back(next);
    }
  }

  void read_log() {
    if (const toml::node* log = table_.get("log")) axis_.logarithmic = read_flag(from_toml(*log));
    if (axis_.logarithmic && !(axis_.from > 0)) throw InputError("log needs from above 0");
  }

  static bool read_flag(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    throw InputError("log must be true or false");
  }

  Axis& axis_;
  const toml::table& table_;
  long double from_ = 0;
  long double to_ = 0;
};

void read_list(Axis& axis, const toml::array& list) {
  std::set<Value> seen;
  for (const toml::node& node : list) {
    const Value value = canonical(axis.key, from_toml(node));
    if (!seen.insert(value).second) throw InputError(to_toml(value) + " is given twice");
    axis.values.push_back(value);
  }
  if (axis.values.empty()) throw InputError("has no values");
}

}  // namespace

Value Axis::at(double share) const {
  if (!continuous())
    return logarithmic ? by_ratio(share)
                       : values[static_cast<size_t>(share * static_cast<double>(values.size()))];
  if (whole && !logarithmic)
    return canonical(key,
                     number_value(std::min(std::floor(from + share * (to - from + 1)), to), true));
  const double value = logarithmic ? from * std::pow(to / from, share) : from + share * (to - from);
  return canonical(key, number_value(value, whole));
}

/// Of a range's steps: each stands for what lies from it up to the next.
const Value& Axis::by_ratio(double share) const {
  if (values.size() == 1) return values.front();
  const auto last = static_cast<double>(number(values.back()));
  const double end = last + (last - static_cast<double>(number(values[values.size() - 2])));
  const double value = from * std::pow(end / from, share);
  const auto next = std::upper_bound(
      values.begin() + 1, values.end(), value,
      [](double found, const Value& candidate) { return found < number(candidate); });
  return *(next - 1);
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
  if (axis.logarithmic) return {{"values", values}, {"log", true}};
  return values;
}

}  // namespace nestwalk
