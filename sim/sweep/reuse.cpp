// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/reuse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "sim/config/keys.h"
#include "sim/config/write.h"
#include "sim/io/input_error.h"
#include "sim/sweep/results.h"
#include "sim/sweep/sweep_record.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// All that decides a run: the keys that are not at their defaults.
std::string run_text(const Config& config) {
  static const Config defaults;
  std::string text;
  for (const Key& key : keys()) {
    const Value value = key.get(config);
    if (value != key.get(defaults)) text += fmt::format("{} = {}\n", key.name, to_toml(value));
  }
  return text;
}

Value value_of(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  std::vector<Value> list;
  for (const Json& element : json) list.push_back(value_of(element));
  return list;
}

/// What an earlier sweep has done, as its database has it.
class EarlierSweep {
 public:
  explicit EarlierSweep(const std::string& path)
      : database_(path, Database::Access::kRead), record_(read_record(database_)) {
    require_same_build(database_, record_, "run what is needed of it anew");
    // What Results::take_over reads.
    if (!database_.has_columns("results", {"host", "seconds", "cpu_seconds", "peak_memory"}))
      throw InputError(path, "is damaged: a column of its results is missing");
    const Json base = record_.identity.value("base", Json::object());
    for (const auto& [key, value] : base.items())
      specification_.base.push_back({key, value_of(value), {}, {}});
    for (const std::string& key : record_.axes) {
      Axis axis;
      axis.key = key;
      specification_.axes.push_back(std::move(axis));
    }
  }

  Json traces() const { return record_.identity.value("traces", Json::object()); }

  /// Calls `visit(number, config)` for each point that is done.
  template <class Visit>
  void for_each_done(const Visit& visit) {
    Database::Statement row =
        database_.prepare("SELECT point, json FROM results WHERE status = 'done'");
    while (row.step()) {
      const int64_t number = row.integer(0);
      visit(number, config(number, read_stored(database_, number, row.text(1))));
    }
  }

 private:
  /// The configuration of a point, as it was before the run found out what it leaves open: from
  /// its result only the values on the axes are taken.
  Config config(int64_t number, const Json& result) const {
    const auto damaged = [&](const std::exception& error) {
      return InputError(database_.path(), fmt::format("point {}: its configuration is damaged: {}",
                                                      number, error.what()));
    };
    try {
      Point point;
      for (const Axis& axis : specification_.axes)
        point.push_back(value_of(result.at("config").at(Json::json_pointer(place_of(axis.key)))));
      return specification_.unchecked_config(point);
    } catch (const Json::exception& error) {
      throw damaged(error);
    } catch (const InputError& error) {
      throw damaged(error);
    }
  }

  Database database_;
  SweepRecord record_;
  Specification specification_;
};

/// Those of both sweeps whose files are not what they were.
std::set<std::string> changed_traces(const EarlierSweep& earlier, const Json& is) {
  std::set<std::string> changed;
  const Json were = earlier.traces();
  const Json prints = is.value("traces", Json::object());
  for (const auto& [trace, print] : prints.items())
    if (were.contains(trace) && were.at(trace) != print) changed.insert(trace);
  return changed;
}

bool runs_one_of(const std::set<std::string>& traces, const Config& config) {
  return traces.count(config.trace) != 0 ||
         std::any_of(config.beside.begin(), config.beside.end(),
                     [&](const std::string& name) { return traces.count(name) != 0; });
}

/// The values that each key has in some configurations, as TOML.
class ValuesByKey {
 public:
  ValuesByKey() : values_(keys().size()) {}

  void add(const Config& config) {
    for (size_t i = 0; i < values_.size(); ++i) {
      const Value value = keys()[i].get(config);
      values_[i].insert(value.empty() ? "unset" : to_toml(keys()[i], value));
    }
  }

  /// A key that never has a value which it has in the others; empty if there is none.
  std::string what_parts(const ValuesByKey& others) const {
    for (size_t i = 0; i < values_.size(); ++i) {
      const auto is_other = [&](const std::string& one) {
        return others.values_[i].count(one) != 0;
      };
      if (std::none_of(values_[i].begin(), values_[i].end(), is_other))
        return fmt::format("{} is {} there and {} here", keys()[i].name, list(values_[i]),
                           list(others.values_[i]));
    }
    return {};
  }

 private:
  static std::string list(const std::set<std::string>& values) {
    constexpr size_t kMost = 3;
    std::vector<std::string> shown(values.begin(), values.end());
    if (shown.size() > kMost) {
      shown.resize(kMost);
      shown.emplace_back("...");
    }
    return fmt::format("{}", fmt::join(shown, ", "));
  }

  std::vector<std::set<std::string>> values_;
};

/// Why no point of an earlier sweep is one of `set`.
std::string why_none(EarlierSweep& earlier, const Specification& specification,
                     const PointSet& set) {
  ValuesByKey there;
  bool has_done = false;
  earlier.for_each_done([&](int64_t, const Config& config) {
    has_done = true;
    there.add(config);
  });
  if (!has_done) return "has done no point";
  ValuesByKey here;
  for (const Point& point : set.points) here.add(specification.unchecked_config(point));
  const std::string parts = there.what_parts(here);
  return "has done no point of this sweep: " +
         (parts.empty() ? "none has the values of one together" : parts);
}

}  // namespace

Reuse find_reusable(const std::string& path, const Specification& specification,
                    const PointSet& set) {
  EarlierSweep earlier(path);
  Reuse reuse{path, {}, changed_traces(earlier, specification.identity())};
  std::unordered_map<std::string, int64_t> numbers;
  for (size_t i = 0; i < set.points.size(); ++i)
    numbers.emplace(run_text(specification.unchecked_config(set.points[i])), i);
  bool has_stale = false;
  earlier.for_each_done([&](int64_t number, const Config& config) {
    const auto found = numbers.find(run_text(config));
    if (found == numbers.end()) return;
    if (runs_one_of(reuse.changed, config))
      has_stale = true;
    else
      reuse.places.emplace(number, found->second);
  });
  if (!reuse.places.empty()) return reuse;
  if (has_stale)
    throw InputError(*reuse.changed.begin(),
                     "has changed since " + path + ", of which nothing else can be taken over");
  throw InputError(path, why_none(earlier, specification, set));
}

}  // namespace nestwalk
