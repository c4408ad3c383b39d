// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "sim/sweep/points.h"

namespace nestwalk {

/// What an earlier sweep has done of the runs of another: those of the same configuration,
/// whichever base, preset and axes say so in either.
struct Reuse {
  std::string path;                   ///< The earlier sweep's database.
  std::map<int64_t, int64_t> places;  ///< From its points' numbers to those of the other's.
  std::set<std::string> changed;  ///< Traces that have changed since: their runs are not the same.
};

/// Throws InputError if the database is no sweep's or damaged, of another build, or it has done no
/// point of `set`.
Reuse find_reusable(const std::string& path, const Specification& specification,
                    const PointSet& set);

}  // namespace nestwalk
