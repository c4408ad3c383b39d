// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "tests/benchmark/bare_loop.h"
#include "tests/benchmark/process_cost.h"
#include "tests/benchmark/recorded_kernels.h"
#include "tests/benchmark/simulation.h"

namespace nestwalk::bench {
namespace {

/// The bare loop is short: a sample is several passes, so that what disturbs the machine counts
/// little.
constexpr int kBarePasses = 3;

double time(const std::function<void()>& action) {
  const double began = cpu_seconds();
  action();
  return cpu_seconds() - began;
}

double time_bare(const Recording& recording) {
  const double passes = time([&recording] {
    for (int i = 0; i < kBarePasses; ++i)
      ::benchmark::DoNotOptimize(run_bare_loop(recording.addresses));
  });
  return passes / kBarePasses;
}

/// What a yardstick and ours took, measured in turns.
struct Turns {
  std::vector<double> ratios;  ///< Each of ours to the mean of the yardsticks before and after it.
  std::vector<double> ours;    ///< CPU seconds.
  std::vector<double> yardstick;
};

Turns take_turns(::benchmark::State& state, const std::function<double()>& time_yardstick,
                 const std::function<void()>& ours) {
  Turns turns;
  turns.yardstick.push_back(time_yardstick());
  for (auto _ : state) {
    turns.ours.push_back(time(ours));
    const double before = turns.yardstick.back();
    turns.yardstick.push_back(time_yardstick());
    turns.ratios.push_back(turns.ours.back() / ((before + turns.yardstick.back()) / 2));
    state.SetIterationTime(turns.ours.back());
  }
  return turns;
}

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

Result result_of(const std::string& name, const std::string& unit, std::optional<double> goal,
                 const Recording& recording, const Turns& turns) {
  Result result = summarize(name, unit, goal, turns.ratios);
  const auto references = static_cast<double>(recording.addresses.size());
  result.rate = references / median(turns.ours);
  result.yardstick_rate = references / median(turns.yardstick);
  return result;
}

void describe(const Recording& recording) {
  const auto references = static_cast<double>(recording.addresses.size());
  fmt::print(
      stderr, "{}: {:.2f} M data references, {:.2f} % miss the L1 TLB, {:.2f} % the L2 TLB\n",
      recording.name, references / 1e6, 100 * static_cast<double>(recording.misses.l1) / references,
      100 * static_cast<double>(recording.misses.l2) / references);
}

}  // namespace

Suite::Suite(const SuiteSize& size, const std::string& traces) : size_(size), directory_(traces) {
  const auto search = record_breadth_first_search(size.breadth_first_references);
  const std::string search_fourfold = directory_.path("hit-heavy-fourfold.nwt");
  write_trace(search_fourfold, search, 4);
  const Recording& hits = keep("hit-heavy", search);
  const Recording& misses = keep("miss-heavy", record_sparse_product(size.product_references));
  const std::string gups = fmt::format("gups:size=64GiB,updates={}", size.gups_updates);
  const Recording& updates = keep("gups", references_of(gups, false));
  const Recording& loads = keep("gups-loads", references_of(gups, true));
  const std::vector<std::string> through_caches = {"memory.data_path=true"};
  const std::vector<std::string> approximate = {"timing=at", "core.outstanding=10",
                                                "walker.count=4"};

  add_simulation("LT, hit-heavy", 4, hits, {});
  add_simulation("LT, miss-heavy", 15, misses, {});
  add_simulation("LT, data through the caches, hit-heavy", 20, hits, through_caches);
  add_simulation("LT, data through the caches, miss-heavy", 30, misses, through_caches);
  add_simulation("AT, 10 outstanding, 4 walkers, hit-heavy", 100, hits, approximate);
  add_simulation("AT, 10 outstanding, 4 walkers, miss-heavy", 200, misses, approximate);
  add_simulation("LT, 64 GiB gups, loads only", 60, loads, {});
  add_simulation("LT, 64 GiB gups, loads and stores", {}, updates, {});
  add_two_loads("LT, 64 GiB gups, loads only, in two dependent loads", 24, loads);
  add_decoding("decoding .nwt, hit-heavy", hits);
  add_decoding("decoding .nwt, miss-heavy", misses);
  add_start_up("start-up, one reference");
  add_growth("more memory for the hit-heavy trace four times over", hits, search_fourfold);
  add_peak("peak memory, 64 GiB gups", 4096, "workload=" + gups);
}

const Recording& Suite::keep(const std::string& name, const std::vector<Reference>& references) {
  recordings_.push_back(record(name, references, directory_));
  describe(recordings_.back());
  return recordings_.back();
}

// ---- ratios to what is measured in turns
// ---------------------------------------------------------

std::function<void()> Suite::simulation(const Recording& recording, std::vector<std::string> sets) {
  sets.push_back("trace=" + recording.trace);
  return [config = configuration(sets), &recording] {
    const RunResult result = simulate(config);
    require(result.references == recording.addresses.size(), "references were lost");
    // What makes it a ratio of equals. With more outstanding, fills come later.
    if (config.core.outstanding == 1)
      require(result.l1_tlb.misses == recording.misses.l1,
              "the simulation and the bare loop differ in L1 TLB misses");
  };
}

void Suite::add_simulation(const std::string& name, Goal goal, const Recording& recording,
                           const std::vector<std::string>& sets) {
  add_ratio(name, goal, recording, simulation(recording, sets));
}

void Suite::add_decoding(const std::string& name, const Recording& recording) {
  add_ratio(name, 2, recording, [&recording] {
    require(decode(recording.trace) == recording.addresses.size(), "references were lost");
  });
}

void Suite::add_two_loads(const std::string& name, Goal goal, const Recording& recording) {
  const auto time_loads = [tables = std::make_shared<TwoLoads>(), &recording] {
    return time([&] {
      require(tables->run(recording.addresses) == recording.addresses.size(), "loads were lost");
    });
  };
  add(name, [=, &recording, ours = simulation(recording, {})](::benchmark::State& state) {
    return result_of(name, "pairs", goal, recording, take_turns(state, time_loads, ours));
  });
}

void Suite::add_ratio(const std::string& name, Goal goal, const Recording& recording,
                      std::function<void()> ours) {
  add(name, [=, &recording, ours = std::move(ours)](::benchmark::State& state) {
    const auto bare = [&recording] { return time_bare(recording); };
    return result_of(name, "x", goal, recording, take_turns(state, bare, ours));
  });
}

// ---- processes of their own
// ----------------------------------------------------------------------

void Suite::add_start_up(const std::string& name) {
  const std::string trace = directory_.path("one.nwt");
  write_trace(trace, {Reference{0x1000}});
  add_value(name, "ms", 50, [trace] { return 1e3 * run_as_process("trace=" + trace).cpu_seconds; });
}

void Suite::add_growth(const std::string& name, const Recording& recording,
                       const std::string& longer) {
  add_value(name, "MiB", 1, [&recording, longer] {
    return run_as_process("trace=" + longer).peak_mib -
           run_as_process("trace=" + recording.trace).peak_mib;
  });
}

void Suite::add_peak(const std::string& name, double goal, const std::string& stream) {
  add_value(name, "MiB", goal, [stream] { return run_as_process(stream).peak_mib; });
}

void Suite::add_value(const std::string& name, const std::string& unit, double goal,
                      std::function<double()> measure) {
  add(name, [=, measure = std::move(measure)](::benchmark::State& state) {
    std::vector<double> values;
    for (auto _ : state) {
      const auto began = std::chrono::steady_clock::now();
      values.push_back(measure());
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      state.SetIterationTime(took.count());
    }
    return summarize(name, unit, goal, values);
  });
}

void Suite::add(const std::string& name, Row row) {
  const auto run = [this, row = std::move(row)](::benchmark::State& state) {
    try {
      results_.push_back(row(state));
      state.counters[results_.back().unit] = results_.back().measured;
      if (results_.back().rate != 0) state.counters["references/s"] = results_.back().rate;
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
      failed_ = true;
    }
  };
  ::benchmark::RegisterBenchmark(name.c_str(), run)
      ->Iterations(size_.repetitions)
      ->UseManualTime()
      ->Unit(::benchmark::kMillisecond);
}

}  // namespace nestwalk::bench
