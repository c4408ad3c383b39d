// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/stream/reference.h"
#include "tests/benchmark/bare_loop.h"

namespace nestwalk::bench {

/// Where the traces lie: a directory that is named, or a temporary one that goes with the program.
class TraceDirectory {
 public:
  /// Empty: a temporary one.
  explicit TraceDirectory(std::string path);
  ~TraceDirectory();
  TraceDirectory(const TraceDirectory&) = delete;
  TraceDirectory& operator=(const TraceDirectory&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  bool temporary_;
};

/// One address stream in both forms: a `.nwt` file for the simulation, addresses in memory for the
/// bare loop.
struct Recording {
  std::string name;
  std::string trace;
  std::vector<uint64_t> addresses;
  TlbMisses misses;  ///< Of the bare loop.
};

/// Writes the references to a trace `times` times over.
void write_trace(const std::string& path, const std::vector<Reference>& references, int times = 1);

/// Writes the references to a trace in the directory and keeps their addresses.
Recording record(const std::string& name, const std::vector<Reference>& references,
                 const TraceDirectory& directory);

/// The references of a workload, all or only its loads.
std::vector<Reference> references_of(const std::string& workload, bool loads_only);

}  // namespace nestwalk::bench
