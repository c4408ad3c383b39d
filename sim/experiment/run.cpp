// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/run.h"

#include <algorithm>
#include <chrono>

#include "sim/config/input_error.h"
#include "sim/experiment/interruption.h"
#include "sim/experiment/machine.h"
#include "sim/report/progress.h"
#include "sim/stream/primary_region.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

RunResult simulate(const Config& config, std::optional<TraceFormat> format) {
  Config resolved = config;
  const std::unique_ptr<Stream> stream = open_stream(resolved, format);
  Progress progress("references", expected_references(resolved, *stream));
  const Interruption interruption;
  Machine::Options options;
  options.on_progress = [&progress](uint64_t done) { progress.update(done); };
  options.interrupted = &interruption.requested();
  Machine machine(resolved, *stream, options);
  machine.run();
  return machine.result();
}

}  // namespace

std::unique_ptr<Stream> open_stream(Config& config, std::optional<TraceFormat> format) {
  if (!config.workload.empty()) return open_workload(config.workload, config.seed);
  TraceOptions options;
  options.format = format;
  options.fetch = config.fetch;
  auto stream = open_trace(config.trace, options);
  if (config.software.primary_region || stream->primary_region()) return stream;
  // In every mode, so that a page has the same frame in all of them.
  if (config.trace != "-")
    config.software.primary_region = find_primary_region(config.trace, options);
  else if (has_guest_segment(config.mode))
    throw InputError(
        "a guest segment needs the workload's region, which a pipe cannot be searched "
        "for: give --set software.primary_region=[base,limit]");
  return stream;
}

std::optional<uint64_t> expected_references(const Config& config, const Stream& stream) {
  std::optional<uint64_t> expected = stream.length();
  if (config.references) {
    const uint64_t asked = config.warmup + *config.references;
    expected = std::min(asked, expected.value_or(asked));
  }
  return expected;
}

RunResult run(const RunSpec& spec) {
  const auto began = std::chrono::steady_clock::now();
  RunResult result = simulate(spec.config, spec.format);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  result.host = HostCounts{took.count(), static_cast<double>(result.references) / took.count()};
  if (spec.ideal && !result.ideal_cycles) {
    Config free = spec.config;
    free.mmu.free_translation = true;
    result.ideal_cycles = simulate(free, spec.format).cycles;
  }
  return result;
}

}  // namespace nestwalk
