// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/io/input_error.h"
#include "sim/sweep/results.h"
#include "sim/sweep/sweep_record.h"

namespace nestwalk {
namespace {

constexpr size_t kShown = 10;  ///< Points that are told about one by one.

struct Row {
  int64_t number;
  nlohmann::json result;
};

/// Points that are done, by their axes.
std::map<std::string, Row> rows_of(Database& database, const std::string& path,
                                   const std::vector<std::string>& axes) {
  std::string sql = "SELECT point, json";
  for (const std::string& axis : axes) sql += ", " + Database::quote(axis);
  Database::Statement query = database.prepare(sql + " FROM results WHERE status = 'done'");
  std::map<std::string, Row> rows;
  while (query.step()) {
    const std::string name = point_name(query, 2, axes);
    const int64_t number = query.integer(0);
    if (!rows.try_emplace(name, Row{number, read_stored(database, number, query.text(1))}).second)
      throw InputError(path, fmt::format("is damaged: two points have {}", name));
  }
  return rows;
}

}  // namespace

double SweepDifference::relative_change() const {
  if (!unpaired.empty() || points.empty()) return std::numeric_limits<double>::infinity();
  return points.front().difference.relative_change();
}

SweepDifference sweep_difference(const std::string& was, const std::string& is) {
  Database before(was, Database::Access::kRead);
  Database after(is, Database::Access::kRead);
  std::vector<std::string> axes = read_record(before).axes;
  std::vector<std::string> other_axes = read_record(after).axes;
  std::sort(axes.begin(), axes.end());
  std::sort(other_axes.begin(), other_axes.end());
  if (axes != other_axes)
    throw InputError(is, "has other axes than " + was + ": their points cannot be paired");

  SweepDifference result;
  std::map<std::string, Row> partners = rows_of(after, is, axes);
  for (const auto& [name, row] : rows_of(before, was, axes)) {
    const auto partner = partners.find(name);
    if (partner == partners.end()) {
      result.unpaired.push_back(name);
      continue;
    }
    result.points.push_back({row.number, name, difference(row.result, partner->second.result)});
    partners.erase(partner);
  }
  for (const auto& [name, row] : partners) result.unpaired.push_back(name);
  std::stable_sort(result.points.begin(), result.points.end(), [](const auto& a, const auto& b) {
    return a.difference.relative_change() > b.difference.relative_change();
  });
  return result;
}

std::string to_text(const SweepDifference& difference) {
  const auto changed = static_cast<size_t>(
      std::count_if(difference.points.begin(), difference.points.end(),
                    [](const auto& point) { return point.difference.relative_change() != 0; }));
  std::string text = fmt::format("{} points done in both, {} changed; {} done in one only\n",
                                 difference.points.size(), changed, difference.unpaired.size());
  for (size_t i = 0; i < std::min(changed, kShown); ++i) {
    const auto& point = difference.points[i];
    text += fmt::format("\npoint {}: {}\n{}", point.number, point.axes, to_text(point.difference));
  }
  if (difference.points.empty()) text += "no point is done in both: nothing can be compared\n";
  if (changed > kShown) text += fmt::format("\n{} more changed less\n", changed - kShown);
  for (size_t i = 0; i < std::min(difference.unpaired.size(), kShown); ++i)
    text += fmt::format("done in one only: {}\n", difference.unpaired[i]);
  return text;
}

nlohmann::ordered_json to_json(const SweepDifference& difference) {
  nlohmann::ordered_json json{{"points", nlohmann::ordered_json::array()},
                              {"unpaired", difference.unpaired}};
  for (const auto& point : difference.points) {
    nlohmann::ordered_json row{{"point", point.number}, {"axes", point.axes}};
    row.update(to_json(point.difference));
    json["points"].push_back(std::move(row));
  }
  return json;
}

nlohmann::json result_of_point(const std::string& path, int64_t number) {
  Database database(path, Database::Access::kRead);
  read_record(database);
  Database::Statement query = database.prepare("SELECT status, json FROM results WHERE point = ?");
  query.bind(0, number);
  if (!query.step()) throw InputError(path, fmt::format("has no point {}", number));
  if (query.text(0) != "done")
    throw InputError(path, fmt::format("point {} is {}", number, query.text(0)));
  return read_stored(database, number, query.text(1));
}

}  // namespace nestwalk
