// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nestwalk::bench {

/// What a simulation costs as a process of its own.
struct ProcessCost {
  double cpu_seconds = 0;  ///< From the start of the process.
  double peak_mib = 0;     ///< Largest resident set, the program itself included.
};

/// Runs this program once more to simulate a stream: `trace=FILE` or `workload=SPEC`.
ProcessCost run_as_process(const std::string& stream);

/// The other end: simulates, and prints the cost for run_as_process() to read.
int simulate_as_process(const std::string& stream);

}  // namespace nestwalk::bench
