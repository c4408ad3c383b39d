// SPDX-License-Identifier: Apache-2.0
// How fast Nestwalk simulates, in ratios to a bare loop that runs in turns with it: see
// doc/performance.md. libsystemc supplies main().
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <systemc>

#include "tests/benchmark/process_cost.h"
#include "tests/benchmark/results.h"
#include "tests/benchmark/suite.h"

namespace {

using namespace nestwalk::bench;

/// Off before main() prints it.
const bool kBannerOff = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1) == 0;

constexpr char kName[] = "nestwalk_benchmark";
constexpr char kPurpose[] = "Measures how fast Nestwalk simulates";

struct Options {
  SuiteSize size;
  std::string json;
  std::string traces;
  std::string simulate;
};

void add_options(CLI::App& app, Options& options) {
  app.add_flag_callback(
      "--quick",
      [&options] {
        options.size = {2000000, 1000000, 500000, 3};
      },
      "Shorter streams, fewer repetitions: less than a minute");
  app.add_flag_callback(
      "--small",
      [&options] {
        options.size = {20000, 20000, 20000, 1};
      },
      "Just enough to see that all rows work");
  app.add_option("--repetitions", options.size.repetitions, "Of each row; after --quick or --small")
      ->check(CLI::Range(1, 1000));
  app.add_option("--json", options.json, "Write the table as JSON too; - is standard output");
  app.add_option("--traces", options.traces, "Keep the traces in this directory");
  app.add_option("--simulate", options.simulate, "")->group("");  // run_as_process()
  app.footer(
      "Google Benchmark's own options: --benchmark_filter=REGEX, --benchmark_list_tests, ...");
}

/// Google Benchmark answers --help before CLI11 sees it.
void print_help() {
  CLI::App app{kPurpose, kName};
  Options options;
  add_options(app, options);
  std::printf("%s\n", app.help().c_str());
  benchmark::PrintDefaultHelp();
}

int run_suite(const Options& options) {
  Suite suite(options.size, options.traces);
  benchmark::RunSpecifiedBenchmarks();
  print_table(suite.results());
  if (!options.json.empty()) write_json(options.json, suite.results());
  return suite.failed() ? 1 : 0;
}

}  // namespace

int sc_main(int argc, char** argv) {
  if (!kBannerOff) return 1;
  benchmark::Initialize(&argc, argv, print_help);
  CLI::App app{kPurpose, kName};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    return options.simulate.empty() ? run_suite(options) : simulate_as_process(options.simulate);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nestwalk_benchmark: %s\n", error.what());
    return 1;
  }
}
