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

#include "sim/experiment/machine.h"
#include "sim/intervals/join.h"
#include "sim/intervals/stream_in_parts.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/process/shared_counts.h"
#include "sim/process/worker_pool.h"
#include "sim/report/progress.h"
#include "sim/report/run_result.h"
#include "sim/stream/bytes/byte_source.h"
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

std::unique_ptr<SharedStream> decode(const Config& config) {
  Progress progress("references decoded", std::nullopt);
  auto stream = SharedStream::decode(config, memory_for_streams(),
                                     [&progress](uint64_t read) { progress.update(read); });
  if (!stream)
    throw InputError("--intervals",
                     "the stream does not fit into half of the memory that is "
                     "available; run a part of it by --references");
  return stream;
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
  uint64_t references;  ///< Data references, those of the warm-up included.
  std::function<Json(const OnProgress&)> run;
};

/// Runs them, some at a time. Their results in order, without those that an interruption ended.
std::vector<std::optional<Json>> run_all(const std::vector<Job>& jobs, size_t at_a_time) {
  uint64_t expected = 0;
  for (const Job& job : jobs) expected += job.references;
  Progress progress("references", expected);
  SharedCounts done(jobs.size());
  std::vector<std::optional<Json>> results(jobs.size());
  const Interruption interruption;
  WorkerPool pool(at_a_time, [&](int64_t number, const WorkerOutcome& outcome) {
    const auto i = static_cast<size_t>(number);
    if (outcome.wrong_input) throw InputError(jobs[i].name, outcome.reason);
    if (!outcome.answer) throw std::runtime_error(jobs[i].name + ": " + outcome.reason);
    results[i] = Json::parse(*outcome.answer);
  });
  const auto work = [&](size_t i) -> Worker::Work {
    return [&, i] { return jobs[i].run([&](uint64_t count) { done.set(i, count); }).dump(); };
  };
  try {
    pool.run_all(jobs.size(), work, [&] {
      progress.update(done.sum());
      if (interruption.requested()) throw Interrupted();
    });
  } catch (const Interrupted&) {
    // What is done is the result.
  }
  return results;
}

}  // namespace

Json run_intervals(const Config& config, const IntervalOptions& options) {
  require_cuttable(config);
  const std::unique_ptr<SharedStream> shared = decode(config);
  const StreamInParts stream(*shared, config, options.count, options.warmup);
  std::vector<Job> jobs;
  if (options.measure_error) {
    uint64_t references = config.warmup;
    for (const StreamPart& part : stream.parts()) references += part.length;
    jobs.push_back({"the whole run", references, [&](const OnProgress& on_progress) {
                      return simulate(config, *shared->open(), on_progress);
                    }});
  }
  for (const StreamPart& part : stream.parts())
    jobs.push_back({fmt::format("part {} of {}", &part - stream.parts().data() + 1, options.count),
                    part.warmup + part.length, [&](const OnProgress& on_progress) {
                      return simulate(config_of(part, config), *stream.open(part), on_progress);
                    }});

  std::vector<std::optional<Json>> results = run_all(jobs, options.workers);
  std::optional<Json> whole;
  if (options.measure_error) {
    whole = std::move(results.front());
    results.erase(results.begin());
  }
  std::vector<Json> done;
  for (auto result = results.begin(); result != results.end() && *result; ++result)
    done.push_back(std::move(**result));
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
