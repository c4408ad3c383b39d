// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "sim/config/keys.h"
#include "sim/config/write.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/sweep/results.h"
#include "sim/sweep/sweep_record.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// The one value that all points have that are done; nullptr if there are several.
const Json* only_value(const Json& values) {
  const Json* only = &values.front();
  for (const Json& value : values) {
    if (only->is_null()) only = &value;
    if (!value.is_null() && value != *only) return nullptr;
  }
  return only;
}

bool is_constant(const Json& column) {
  return std::all_of(column.begin(), column.end(),
                     [&column](const Json& value) { return value == column.front(); });
}

/// `[{"guest_4": {"nested_4": 12, ...}}]` as [guest level, nested level, reads], without zeros.
Json levels_of(const Json& walks) {
  Json cells = Json::array();
  if (!walks.contains("references_by_level")) return cells;
  const auto level = [](const std::string& name) {
    const size_t underscore = name.find('_');
    return underscore == name.npos ? 0 : std::atoi(name.c_str() + underscore + 1);
  };
  for (const auto& [guest, row] : walks.at("references_by_level").items())
    for (const auto& [nested, reads] : row.items())
      if (reads != 0) cells.push_back({level(guest), level(nested), reads});
  return cells;
}

/// The spans of a timeline in which one mode ran; empty if the mode never changes.
Json timeline_of(const Json& result) {
  Json spans = Json::array();
  if (!result.contains("timeline")) return spans;
  for (const Json& interval : result.at("timeline").at("intervals")) {
    const uint64_t end = interval.at("end");
    const uint64_t begin = end - interval.at("references").get<uint64_t>();
    if (!spans.empty() && spans.back().at("mode") == interval.at("mode"))
      spans.back()["end"] = end;
    else
      spans.push_back({{"mode", interval.at("mode")}, {"reference", begin}, {"end", end}});
  }
  return spans.size() > 1 ? spans : Json::array();
}

/// Entries of both TLB levels of all cores, for data: the hardware that most sweeps trade for time.
uint64_t tlb_entries(const Json& config) {
  const Json& l2 = config.at("l2_tlb");
  uint64_t sum = l2.at("entries").get<uint64_t>() + l2.value("entries_1g", uint64_t{0});
  for (const Json& part : config.at("l1_tlb"))
    if (part.is_object()) sum += part.at("entries").get<uint64_t>();
  return sum * config.at("core").value("count", uint64_t{1});
}

/// A key's value as it may be given, without quotes: sizes with their unit.
std::string spoken(const std::string& name, const Json& value) {
  const Key* const key = find_key(name);
  if (key != nullptr && key->unit == "bytes" && value.is_number_integer())
    return format_size(value.get<uint64_t>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class Collector {
 public:
  explicit Collector(const std::string& path)
      : path_(path), database_(path, Database::Access::kRead), sweep_(read_record(database_)) {}

  Json collect() {
    read_rows();
    if (count_ == 0) throw InputError(path_, "holds no points");
    Json data{{"title", std::filesystem::path(path_).stem().string()},
              {"description", description()},
              {"version", sweep_.version},
              {"points", count_},
              {"axes", sweep_.axes},
              {"metrics", Json::array()},
              {"configuration", Json::object()},
              {"levels", std::move(levels_)},
              {"timelines", std::move(timelines_)}};
    for (auto& [name, column] : columns_.items()) add_column(data, name, column);
    for (auto& [key, values] : configuration_.items()) {
      const Json* const only = only_value(values);
      data["configuration"][key] = only != nullptr ? *only : Json{{"values", std::move(values)}};
    }
    return data;
  }

 private:
  /// What all points share.
  std::string description() const {
    std::string text;
    if (sweep_.identity.contains("base"))
      for (const auto& [key, value] : sweep_.identity.at("base").items())
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, spoken(key, value));
    return text;
  }

  /// All columns but `config`, which SQLite takes from `json`, and for which it fails as a whole
  /// where that is damaged.
  std::string stored_columns() {
    std::string list = "point, status, json";
    const Database::Statement all = database_.prepare("SELECT * FROM results");
    for (int i = 0; i < all.columns(); ++i) {
      const std::string name = all.name(i);
      if (name != "config" && name != "json") list += ", " + Database::quote(name);
    }
    return list;
  }

  void read_rows() {
    Database::Statement query =
        database_.prepare("SELECT " + stored_columns() + " FROM results ORDER BY point");
    while (query.step()) {
      ++count_;
      const int64_t point = query.integer(0);
      try {
        for (int i = 3; i < query.columns(); ++i) {
          columns_[query.name(i)].push_back(Json(to_json(query.value(i))));
          static_cast<void>(columns_[query.name(i)].back().dump());  // throws where it is no text
        }
        add_result(query.text(1) == "done" ? read_stored(database_, point, query.text(2)) : Json());
      } catch (const Json::exception&) {
        throw InputError(path_, fmt::format("point {}: its result is damaged", point));
      }
    }
  }

  void add_result(const Json& result) {
    const bool done = result.is_object();
    levels_.push_back(done ? levels_of(result.at("walks")) : Json::array());
    timelines_.push_back(done ? timeline_of(result) : Json::array());
    columns_["_tlb_entries"].push_back(done ? Json(tlb_entries(result.at("config"))) : Json());
    if (done) add_configuration(result.at("config"), "");
    for (auto& [key, values] : configuration_.items())
      if (values.size() < count_) values.push_back(nullptr);
  }

  void add_configuration(const Json& table, const std::string& prefix) {
    for (const auto& [name, value] : table.items()) {
      const std::string key = prefix + name;
      if (value.is_object()) {
        add_configuration(value, key + ".");
        continue;
      }
      Json& values = configuration_[key];
      if (values.is_null()) values = Json(count_ - 1, nullptr);  // points before had no result
      values.push_back(value);
    }
  }

  void add_column(Json& data, const std::string& name, Json& column) {
    const bool constant = is_constant(column);
    if (constant && column.front().is_null()) return;  // counts of what was off
    const bool is_axis = std::count(sweep_.axes.begin(), sweep_.axes.end(), name) != 0;
    static const std::set<std::string> kOwn{"point", "status", "reason", "version", "host"};
    if (!is_axis && kOwn.count(name) == 0) data["metrics"].push_back(name);
    data["columns"][name] = constant ? Json{{"constant", column.front()}} : std::move(column);
  }

  std::string path_;
  Database database_;
  SweepRecord sweep_;
  size_t count_ = 0;
  Json columns_ = Json::object();
  Json configuration_ = Json::object();
  Json levels_ = Json::array();
  Json timelines_ = Json::array();
};

}  // namespace

Json report_data(const std::string& path) {
  return Collector(path).collect();
}

}  // namespace nestwalk
