// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/config/config.h"

namespace nestwalk {

/// How a long stream is cut.
struct IntervalOptions {
  size_t count = 0;            ///< Parts, of equal numbers of data references.
  uint64_t warmup = 1000000;   ///< Data references that each part but the first runs beforehand.
  size_t workers = 1;          ///< Parts at a time.
  bool measure_error = false;  ///< Run the whole as well, and say how far the parts are from it.
  std::string results;         ///< A file that keeps what is done, and has what was; empty: none.
  std::optional<uint64_t> memory;  ///< Bytes for the decoded stream; unset: memory_for_streams().
};

/// Runs one stream as intervals in processes of their own, which share it decoded, and joins their
/// counts. Each interval but the first begins with empty TLBs, caches and tables, under the
/// registers and filters that the stream has written before it, and warms up on what lies before
/// it, which is what its error comes from. The form is that of `run --json` with `intervals` added:
/// how it was cut, how many parts are `done` and joined, and, if measured, `error`, the relative
/// errors of cycles, walk cycles and counts. An interruption ends it early: the result is of the
/// parts before the first that was not done, without error, and says so in `host`. Throws
/// InputError where the stream does not fit into memory or the configuration does not allow to cut
/// it; std::runtime_error where a part fails, or the first was not done.
nlohmann::ordered_json run_intervals(const Config& config, const IntervalOptions& options);

}  // namespace nestwalk
