// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/reuse.h"

#include <fmt/format.h>

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

/// The points of a sweep as its database has them.
class StoredSweep {
 public:
  explicit StoredSweep(const SweepRecord& record) {
    const Json base = record.identity.value("base", Json::object());
    for (const auto& [key, value] : base.items())
      specification_.base.push_back({key, value_of(value), {}, {}});
    for (const std::string& key : record.axes) {
      Axis axis;
      axis.key = key;
      specification_.axes.push_back(std::move(axis));
    }
  }

  /// The configuration of a point, as it was before the run found out what it leaves open: from
  /// its result only the values on the axes are taken.
  Config config(const Json& result) const {
    Point point;
    for (const Axis& axis : specification_.axes)
      point.push_back(value_of(result.at("config").at(Json::json_pointer(place_of(axis.key)))));
    return specification_.unchecked_config(point);
  }

 private:
  Specification specification_;
};

void require_same_traces(const std::string& earlier, const Json& was, const Json& is) {
  const Json none = Json::object();
  const Json prints_were = was.value("traces", none);
  const Json prints = is.value("traces", none);
  for (const auto& [trace, print] : prints.items())
    if (prints_were.contains(trace) && prints_were.at(trace) != print)
      throw InputError(trace, "has changed since " + earlier);
}

/// Of two bases, where no point is the same.
std::string first_difference(const Json& was, const Json& is) {
  const Json none = Json::object();
  const Json base_was = was.value("base", none);
  const Json base = is.value("base", none);
  return base_was == base ? std::string() : ": " + identity_difference(base_was, base);
}

}  // namespace

Reuse find_reusable(const std::string& path, const Specification& specification,
                    const PointSet& set) {
  Database database(path, Database::Access::kRead);
  const SweepRecord was = read_record(database);
  require_same_build(database, was);
  const Json identity = specification.identity();
  require_same_traces(path, was.identity, identity);

  std::unordered_map<std::string, int64_t> numbers;
  for (size_t i = 0; i < set.points.size(); ++i)
    numbers.emplace(run_text(specification.unchecked_config(set.points[i])), i);
  const StoredSweep earlier(was);
  Reuse reuse{path, {}};
  bool has_done = false;
  Database::Statement row =
      database.prepare("SELECT point, json FROM results WHERE status = 'done'");
  while (row.step()) {
    has_done = true;
    const int64_t number = row.integer(0);
    const Json result = read_stored(database, number, row.text(1));
    try {
      const auto found = numbers.find(run_text(earlier.config(result)));
      if (found != numbers.end()) reuse.places.emplace(number, found->second);
    } catch (const Json::exception&) {
      throw InputError(path, fmt::format("point {}: its configuration is damaged", number));
    }
  }
  if (has_done && reuse.places.empty())
    throw InputError(path,
                     "has done no point of this sweep" + first_difference(was.identity, identity));
  return reuse;
}

}  // namespace nestwalk
