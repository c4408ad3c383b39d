// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/config/config.h"
#include "sim/report/run_result.h"

namespace nestwalk::bench {

/// CPU seconds of this process so far.
double cpu_seconds();

/// Base-virtualized, 4K+4K, loosely timed, without the data path; then `sets`, each `key=value`.
Config configuration(const std::vector<std::string>& sets);

/// Opens the stream that the configuration names, builds the machine, runs, takes it down.
RunResult simulate(const Config& config);

/// Reads a trace to its end; returns its data references.
uint64_t decode(const std::string& trace);

}  // namespace nestwalk::bench
