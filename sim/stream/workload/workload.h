// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Workload regions begin here unless there is a reason: 1 GiB aligned (interface.md, Workloads),
/// and so far aligned that no table boundary falls inside a region for its base's sake.
inline constexpr uint64_t kWorkloadBase = uint64_t{1} << 40;
/// Largest region: what the largest machine has free for a program, 4 TiB but for 2 GiB.
inline constexpr uint64_t kLargestWorkload = uint64_t{4094} << 30;

/// The parameters of one workload, defaults filled in.
class WorkloadParameters {
 public:
  WorkloadParameters(std::string workload, std::map<std::string, std::string> values)
      : workload_(std::move(workload)), values_(std::move(values)) {}

  /// Each throws InputError that names the parameter, where the text is not of its kind or outside
  /// [least, most].
  uint64_t size(const std::string& name, uint64_t least, uint64_t most) const;
  uint64_t count(const std::string& name, uint64_t least, uint64_t most) const;
  const std::string& word(const std::string& name) const { return values_.at(name); }
  double real(const std::string& name, double least, double most) const;
  /// `true` or `false`.
  bool flag(const std::string& name) const;
  /// The parameter that every program has: how many loads and stores it runs.
  uint64_t references() const { return count("references", 1, uint64_t{1} << 48); }

  /// Throws InputError about one parameter.
  [[noreturn]] void fail(const std::string& name, const std::string& expected) const;

 private:
  std::string workload_;
  std::map<std::string, std::string> values_;
};

/// A workload that users name: `gups:size=64GiB,updates=10000000`.
struct Workload {
  struct Parameter {
    std::string name;
    std::string default_value;
    std::string help;  ///< One line, with the unit.
  };

  std::string name;
  std::string runs;  ///< One line: what it runs.
  std::vector<Parameter> parameters;
  std::function<std::unique_ptr<Stream>(const WorkloadParameters&, uint64_t seed)> open;
};

/// All workloads there are. To add one, define it in a file of its own and list it in workload.cpp.
const std::vector<Workload>& workloads();

/// Opens `name:parameter=value,...`. Equal specifications and seeds give equal streams. Throws
/// InputError, with a suggestion for a misspelt name.
std::unique_ptr<Stream> open_workload(std::string_view specification, uint64_t seed);

/// What is wrong with a specification that begins with the name of none, with a suggestion.
std::string describe_unknown_workload(std::string_view specification);

/// Whether the text begins with the name of one.
bool names_workload(std::string_view specification);

/// What `--workload help` prints.
std::string workload_help();

}  // namespace nestwalk
