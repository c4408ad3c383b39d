// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/benchmark/results.h"
#include "tests/benchmark/traces.h"

namespace nestwalk::bench {

struct SuiteSize {
  size_t breadth_first_references = 11000000;
  size_t product_references = 12000000;
  size_t gups_updates = 10000000;
  int repetitions = 5;
};

/// All rows as benchmarks of Google's library. One lives at a time.
class Suite {
 public:
  /// Makes the streams and registers the rows. The traces are kept in `traces` unless it is empty.
  Suite(const SuiteSize& size, const std::string& traces);

  /// Of the rows that were run, in order.
  const std::vector<Result>& results() const { return results_; }
  /// Whether a row did not do what it measures.
  bool failed() const { return failed_; }

 private:
  using Goal = std::optional<double>;
  using Row = std::function<Result(::benchmark::State&)>;

  const Recording& keep(const std::string& name, const std::vector<Reference>& references);

  /// A run of a recording, with keys set.
  static std::function<void()> simulation(const Recording& recording,
                                          std::vector<std::string> sets);
  void add_simulation(const std::string& name, Goal goal, const Recording& recording,
                      const std::vector<std::string>& sets);
  void add_decoding(const std::string& name, const Recording& recording);
  /// A simulation with TwoLoads as the yardstick.
  void add_two_loads(const std::string& name, Goal goal, const Recording& recording);
  /// The bare loop and `ours` in turns; the ratio of each of ours to the bare loops around it.
  void add_ratio(const std::string& name, Goal goal, const Recording& recording,
                 std::function<void()> ours);

  void add_start_up(const std::string& name);
  void add_growth(const std::string& name, const Recording& recording, const std::string& longer);
  void add_peak(const std::string& name, double goal, const std::string& stream);
  /// What `measure` returns, as it is.
  void add_value(const std::string& name, const std::string& unit, double goal,
                 std::function<double()> measure);

  void add(const std::string& name, Row row);

  SuiteSize size_;
  TraceDirectory directory_;
  std::deque<Recording> recordings_;
  std::vector<Result> results_;
  bool failed_ = false;
};

}  // namespace nestwalk::bench
