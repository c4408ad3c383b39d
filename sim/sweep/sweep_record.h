// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/sweep/database.h"

namespace nestwalk {

/// What a database says that it holds.
struct SweepRecord {
  nlohmann::json identity;  ///< Of the specification.
  std::string version;      ///< Of Nestwalk: its build key.
  std::vector<std::string> axes;
};

/// Throws InputError if the database is not a sweep's results.
SweepRecord read_record(Database& database);

/// Throws InputError, which ends with the advice, if another build of Nestwalk has begun it.
void require_same_build(const Database& database, const SweepRecord& record,
                        const std::string& advice);

}  // namespace nestwalk
