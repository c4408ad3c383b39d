// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "sim/experiment/machine.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/report/progress.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/cut_stream.h"
#include "sim/stream/footprint.h"
#include "sim/stream/named_stream.h"
#include "sim/stream/workload/workload.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {
namespace {

/// Data references of an element that crosses a page.
constexpr uint64_t kMostOfAnElement = 2;

/// `config`: the one of `spec`, or another.
RunResult simulate(const Config& config, const RunSpec& spec) {
  const auto began = std::chrono::steady_clock::now();
  Config resolved = config;
  const std::unique_ptr<Stream> stream = open_stream(resolved, spec.format, spec.quiet);
  const std::vector<std::unique_ptr<Stream>> beside = open_beside(resolved);
  Progress progress("references", expected_references(resolved, *stream, lend(beside)), spec.quiet);
  const Interruption interruption;
  Machine::Options options;
  options.on_progress = [&progress](uint64_t done) { progress.update(done); };
  options.interrupted = &interruption.requested();
  options.beside = lend(beside);
  Machine machine(resolved, *stream, options);
  machine.run();
  const uint64_t references = machine.processor().issued();
  if (!interruption.requested())
    require_past_warmup(config, references);
  else if (references < config.warmup)
    throw std::runtime_error("interrupted while the machine was warmed up: there is no result");
  RunResult result = machine.result();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  result.host = HostCounts{took.count(), static_cast<double>(references) / took.count(),
                           interruption.requested()};
  return result;
}

/// A trace whose footprint was found for it.
class SurveyedTrace : public WrappedStream {
 public:
  SurveyedTrace(std::unique_ptr<Stream> trace, Footprint footprint)
      : WrappedStream(std::move(trace)), footprint_(std::move(footprint)) {}

  size_t read(Reference* batch, size_t capacity) override { return inner().read(batch, capacity); }
  std::vector<VirtualRange> touched() const override { return footprint_.touched; }
  std::optional<VirtualRange> primary_region() const override { return footprint_.primary_region; }

 private:
  Footprint footprint_;
};

/// For a stream that no workload names.
void require_file(const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored))
    throw InputError("beside", "\"" + name + "\" is a folder, not a trace");
  if (!name.empty() && name != "-" && !std::filesystem::exists(name, ignored))
    throw InputError("beside", describe_unknown_workload(name) + "; nor is it a file");
  if (name.empty() || !can_be_read_again(name))
    throw InputError("beside", "\"" + name + "\" is no file that can be read more than once");
}

std::unique_ptr<Stream> open_whole_stream(Config& config, std::optional<TraceFormat> format,
                                          bool quiet) {
  auto stream = open_named_stream(config, format);
  if (!lacks_footprint(config, *stream)) return stream;
  // In every mode, so that a page has the same frame in all of them.
  if (can_be_read_again(config.trace)) {
    Progress progress("references searched for what is touched", std::nullopt, quiet);
    Footprint found = find_footprint(config.trace, trace_options(config, format),
                                     [&progress](uint64_t read) { progress.update(read); });
    if (!config.software.primary_region) config.software.primary_region = found.primary_region;
    return std::make_unique<SurveyedTrace>(std::move(stream), std::move(found));
  }
  if (has_guest_segment(config.mode) && !config.software.primary_region)
    throw InputError(
        "a guest segment needs the workload's region, which a pipe cannot be searched "
        "for: give --set software.primary_region=[base,limit]");
  return stream;
}

}  // namespace

std::unique_ptr<Stream> open_stream(Config& config, std::optional<TraceFormat> format, bool quiet) {
  return cut_stream(open_whole_stream(config, format, quiet), {config.skip, std::nullopt});
}

std::vector<std::unique_ptr<Stream>> open_beside(const Config& config) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (const std::string& name : config.beside) {
    Config one = config;
    one.software.primary_region.reset();  // that is of the first stream
    one.software.bad_pages = 0;           // so are these
    one.skip = 0;                         // and this
    one.seed = config.seed + 1 + streams.size();
    one.workload = names_workload(name) ? name : std::string();
    one.trace = one.workload.empty() ? name : std::string();
    if (one.workload.empty()) require_file(name);
    streams.push_back(open_stream(one, std::nullopt));
  }
  return streams;
}

std::vector<Stream*> lend(const std::vector<std::unique_ptr<Stream>>& streams) {
  std::vector<Stream*> lent;
  for (const auto& stream : streams) lent.push_back(stream.get());
  return lent;
}

std::optional<uint64_t> expected_references(const Config& config, const Stream& stream,
                                            const std::vector<Stream*>& beside) {
  std::optional<uint64_t> expected = stream.length();
  for (const Stream* one : beside)
    expected = expected && one->length() ? std::optional(*expected + *one->length()) : std::nullopt;
  if (expected && *expected < config.warmup / kMostOfAnElement)
    throw InputError("warmup",
                     fmt::format("the stream has {} elements, too few to warm the machine "
                                 "up with {} data references",
                                 *expected, config.warmup));
  if (config.references) {
    const uint64_t asked = config.warmup + *config.references;
    expected = std::min(asked, expected.value_or(asked));
  }
  return expected;
}

void require_past_warmup(const Config& config, uint64_t references) {
  if (references < config.warmup)
    throw InputError("warmup", fmt::format("the stream ends after {} data references, before {} "
                                           "have warmed the machine up",
                                           references, config.warmup));
}

RunResult run(const RunSpec& spec) {
  if (spec.ideal && overlaps(spec.config) && !can_be_read_again(spec.config.trace))
    throw InputError("--ideal",
                     "needs a second run of the stream, and a pipe can be read only once: keep it "
                     "in a file, nestwalk trace convert - -o FILE.nwt");
  RunResult result = simulate(spec.config, spec);
  if (spec.ideal && overlaps(spec.config) && !result.host->interrupted) {
    Config free = spec.config;
    free.mmu.free_translation = true;
    const RunResult ideal = simulate(free, spec);
    if (ideal.host->interrupted)
      result.host->interrupted = true;
    else
      result.ideal_cycles = ideal.cycles;
  }
  return result;
}

}  // namespace nestwalk
