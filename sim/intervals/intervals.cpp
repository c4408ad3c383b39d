// SPDX-License-Identifier: Apache-2.0
#include "sim/intervals/intervals.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/write.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/intervals/join.h"
#include "sim/intervals/stream_in_parts.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/process/kept_results.h"
#include "sim/process/shared_counts.h"
#include "sim/process/worker_pool.h"
#include "sim/report/progress.h"
#include "sim/report/run_result.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/fingerprint.h"
#include "sim/stream/footprint.h"
#include "sim/stream/named_stream.h"
#include "sim/stream/shared_stream.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

void require_cuttable(const Config& config) {
  if (!can_be_read_again(config.trace))
    throw InputError("--intervals", "a pipe cannot be cut; give a file");
  if (overlaps(config))
    throw InputError("--intervals",
                     "needs core.outstanding = 1: with more the time of a part "
                     "depends on what is in flight at its ends");
  if (config.core.count > 1)
    throw InputError("--intervals", "needs core.count = 1: cores do not reach a cut at one time");
  if (config.software.model == SoftwareModel::kManaged)
    throw InputError("--intervals",
                     "needs software.model = \"fixed\": what guest OS and VMM have done by a cut, "
                     "and the schedule's place in it, follow from all that was before");
  if (config.software.timeline != 0)
    throw InputError("--intervals", "needs software.timeline = 0: each part has one of its own");
}

/// From memory, decoded once, if it fits there, which costs the least; else from its source.
StreamInParts::Open opener(const Config& config, uint64_t memory) {
  Progress progress("references decoded", std::nullopt);
  const std::shared_ptr<SharedStream> shared =
      SharedStream::decode(config, memory, [&progress](uint64_t read) { progress.update(read); });
  if (shared) return [shared] { return shared->open(); };
  if (lacks_footprint(config, *open_named_stream(config, std::nullopt)))
    throw InputError(config.trace,
                     "does not fit into half of the memory that is available, and only .nwt can be "
                     "read from any place: nestwalk trace convert makes it one");
  return [config] {
    Config same = config;
    return open_stream(same, std::nullopt);
  };
}

StreamInParts cut(const StreamInParts::Open& open, const Config& config,
                  const IntervalOptions& options) {
  Progress progress("references searched for where to cut", std::nullopt);
  return {open, config, options.count, options.warmup,
          [&progress](uint64_t read) { progress.update(read); }};
}

using OnProgress = std::function<void(uint64_t)>;

Json simulate(const Config& config, Stream& stream, const OnProgress& on_progress) {
  Machine::Options options;
  options.on_progress = on_progress;
  Machine machine(config, stream, options);
  machine.run();
  return to_json(machine.result());
}

Config config_of(const StreamPart& part, Config config) {
  config.skip += part.skipped;
  config.warmup = part.warmup;
  config.references = part.references;
  return config;
}

/// A run in a process of its own.
struct Job {
  std::string name;
  Json parameters;      ///< With the name and the build: all that decides the result.
  uint64_t references;  ///< Data references, those of the warm-up included.
  std::function<Json(const OnProgress&)> run;
  std::optional<Json> result;
};

/// Finds what is kept. Returns the rest.
std::vector<Job*> take_kept(std::vector<Job>& jobs, const KeptResults& kept) {
  std::vector<Job*> missing;
  for (Job& job : jobs)
    if (const Json* const result = kept.find(job.name, job.parameters))
      job.result = *result;
    else
      missing.push_back(&job);
  if (const size_t done = jobs.size() - missing.size(); done != 0)
    fmt::print(stderr, "nestwalk: {} of {} runs are in {}\n", done, jobs.size(), kept.file());
  return missing;
}

/// Runs them, some at a time, until an interruption. `kept`: where results go; may be nullptr.
void run_all(const std::vector<Job*>& jobs, size_t at_a_time, KeptResults* kept) {
  if (jobs.empty()) return;
  uint64_t expected = 0;
  for (const Job* job : jobs) expected += job->references;
  Progress progress("references", expected);
  SharedCounts done(jobs.size());
  const Interruption interruption;
  WorkerPool pool(at_a_time, [&](int64_t number, const WorkerOutcome& outcome) {
    Job& job = *jobs[static_cast<size_t>(number)];
    if (outcome.wrong_input) throw InputError(job.name, outcome.reason);
    if (!outcome.answer) throw std::runtime_error(job.name + ": " + outcome.reason);
    job.result = Json::parse(*outcome.answer);
    if (kept != nullptr) kept->keep(job.name, job.parameters, *job.result);
  });
  const auto work = [&](size_t i) -> Worker::Work {
    return [&, i] { return jobs[i]->run([&](uint64_t count) { done.set(i, count); }).dump(); };
  };
  try {
    pool.run_all(jobs.size(), work, [&] {
      progress.update(done.sum());
      if (interruption.requested()) throw Interrupted();
    });
  } catch (const Interrupted&) {
    // What is done is the result.
  }
}

}  // namespace

Json run_intervals(const Config& config, const IntervalOptions& options) {
  require_cuttable(config);
  std::optional<KeptResults> kept;
  if (!options.results.empty()) kept.emplace(options.results);
  const StreamInParts::Open open = opener(config, options.memory.value_or(memory_for_streams()));
  const StreamInParts stream = cut(open, config, options);

  Json parameters = {{"config", to_json(config)}};
  if (!config.trace.empty()) parameters["trace"] = fingerprint(config.trace);
  std::vector<Job> jobs;
  if (options.measure_error) {
    uint64_t references = config.warmup;
    for (const StreamPart& part : stream.parts()) references += part.length;
    jobs.push_back(
        {"the whole run", parameters, references,
         [&](const OnProgress& on_progress) { return simulate(config, *open(), on_progress); },
         std::nullopt});
  }
  parameters["warmup"] = options.warmup;
  for (const StreamPart& part : stream.parts())
    jobs.push_back({fmt::format("part {} of {}", &part - stream.parts().data() + 1, options.count),
                    parameters, part.warmup + part.length,
                    [&](const OnProgress& on_progress) {
                      return simulate(config_of(part, config), *stream.open(part), on_progress);
                    },
                    std::nullopt});

  std::vector<Job*> missing;
  if (kept)
    missing = take_kept(jobs, *kept);
  else
    for (Job& job : jobs) missing.push_back(&job);
  run_all(missing, options.workers, kept ? &*kept : nullptr);

  std::optional<Json> whole;
  auto job = jobs.begin();
  if (options.measure_error) whole = std::move((job++)->result);
  std::vector<Json> done;
  for (; job != jobs.end() && job->result; ++job) done.push_back(std::move(*job->result));
  if (done.empty()) throw Interrupted();
  Json joined = join(done, config);
  const bool is_whole = done.size() == options.count;
  joined["intervals"] = {{"count", options.count},
                         {"done", done.size()},
                         {"warmup", options.warmup},
                         {"error", is_whole && whole ? errors_of(joined, *whole) : Json(nullptr)}};
  if (!is_whole) joined["host"] = {{"interrupted", true}};
  return joined;
}

}  // namespace nestwalk
