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

void require_same_build(const Database& database, const SweepRecord& record,
                        const std::string& advice) {
  if (record.version == build_key()) return;
  throw InputError(database.path(),
                   fmt::format("was begun by nestwalk {}, this is {}: their results may differ; {}",
                               record.version, build_key(), advice));
}

}  // namespace nestwalk
