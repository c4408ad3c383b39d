// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/sweep/database.h"

namespace nestwalk {

/// A specification of six points, each of a moment.
inline const std::string kSmall =
    "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
    "[axes]\nmode = [\"native\", \"base-virtualized\", \"vmm-direct\"]\n"
    "\"l2_tlb.entries\" = [512, 1024]\n";

/// All of a query's rows, a line each.
inline std::string ask(const std::string& path, const std::string& sql) {
  Database database(path, Database::Access::kWrite);
  Database::Statement query = database.prepare(sql);
  std::string text;
  while (query.step())
    for (int i = 0; i < query.columns(); ++i)
      text += query.text(i) + (i + 1 == query.columns() ? '\n' : '|');
  return text;
}

/// What does not depend on the machine that ran it.
inline std::string rows(const std::string& path) {
  return ask(path, "SELECT point, status, cycles, reason, json FROM results ORDER BY point");
}

}  // namespace nestwalk
