// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_record.h"

#include <fmt/format.h>

#include "sim/config/json_file.h"
#include "sim/io/input_error.h"
#include "sim/process/build_key.h"

namespace nestwalk {

SweepRecord read_record(Database& database) {
  if (!database.has_columns("sweep", {"identity", "version"}) ||
      !database.has_columns("results", {"point", "status", "reason", "json"}))
    throw InputError(database.path(), "is not a sweep's results");
  Database::Statement query = database.prepare("SELECT identity, version FROM sweep");
  query.step();
  try {
    SweepRecord record{parse_json(query.text(0), database.path()), query.text(1), {}};
    for (const auto& axis : record.identity.at("axes"))
      record.axes.push_back(axis.at("key").get<std::string>());
    if (database.has_columns("results", record.axes)) return record;
  } catch (const nlohmann::json::exception&) {  // told below, as
  } catch (const InputError&) {                 // what is no JSON
  }
  throw InputError(database.path(), "is damaged: what was swept cannot be read");
}

/// The first part in which two identities differ, for a person.
std::string identity_difference(const nlohmann::json& was, const nlohmann::json& is) {
  const nlohmann::json change = nlohmann::json::diff(was, is).at(0);
  nlohmann::json::json_pointer path(change.at("path").get<std::string>());
  const std::string before = was.contains(path) ? was.at(path).dump() : "nothing";
  const std::string after = change.contains("value") ? change.at("value").dump() : "nothing";
  if (path.back() == "-")  // behind the last of a list
    path = path.parent_pointer() / was.at(path.parent_pointer()).size();
  std::string place;
  for (; !path.empty(); path = path.parent_pointer())
    place = path.back() + (place.empty() ? "" : "/" + place);
  return fmt::format("{} was {} and is {}", place, before, after);
}

void require_same_build(const Database& database, const SweepRecord& was) {
  if (was.version != build_key())
    throw InputError(database.path(), fmt::format("was begun by nestwalk {}, this is {}: their "
                                                  "results may differ; write to another file",
                                                  was.version, build_key()));
}

}  // namespace nestwalk
