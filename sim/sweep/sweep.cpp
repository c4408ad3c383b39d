// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep.h"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <map>
#include <set>
#include <stdexcept>

#include "sim/config/input_error.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"
#include "sim/sweep/shared_stream.h"
#include "sim/sweep/worker.h"

namespace nestwalk {
namespace {

constexpr int kPollMilliseconds = 200;

/// Points that read the same stream.
struct StreamGroup {
  std::vector<int64_t> points;
  Config config;  ///< Names the stream; asks for as much of it as the longest of the points does.
};

/// What decides the elements of a stream.
std::string stream_name(const Config& config) {
  return config.workload.empty() ? fmt::format("{} {}", config.fetch, config.trace)
                                 : fmt::format("{} {}", config.seed, config.workload);
}

/// Asks for what either of two points needs of their stream.
void widen(Config& config, const Config& other) {
  const auto end = [](const Config& c) { return c.warmup + c.references.value_or(0); };
  if (!config.references || !other.references) {
    config.references.reset();
  } else if (end(other) > end(config)) {
    config.warmup = other.warmup;
    config.references = other.references;
  }
  if (!other.software.primary_region) config.software.primary_region.reset();
}

std::vector<StreamGroup> group_by_stream(const Specification& specification, const PointSet& set,
                                         const std::vector<int64_t>& numbers) {
  std::vector<StreamGroup> groups;
  std::map<std::string, size_t> places;
  for (const int64_t number : numbers) {
    const Config config =
        specification.unchecked_config(set.points.at(static_cast<size_t>(number)));
    const auto [place, is_new] = places.try_emplace(stream_name(config), groups.size());
    if (is_new) groups.push_back({{}, config});
    groups[place->second].points.push_back(number);
    widen(groups[place->second].config, config);
  }
  return groups;
}

nlohmann::ordered_json simulate(const Config& config, const SharedStream* shared) {
  if (config.trace.empty() && config.workload.empty())
    throw InputError("the sweep names no stream: [base] needs trace or workload");
  Config resolved = config;
  const std::unique_ptr<Stream> stream =
      shared != nullptr ? shared->open() : open_stream(resolved, std::nullopt);
  Machine machine(resolved, *stream, {});
  machine.run();
  return to_json(machine.result());
}

/// The points of one sweep on their way through the workers.
class Pool {
 public:
  Pool(const Specification& specification, const PointSet& set, Results& results, size_t workers,
       const std::atomic<bool>& interrupted, SweepProgress& progress)
      : specification_(specification),
        set_(set),
        results_(results),
        most_(workers),
        interrupted_(interrupted),
        progress_(progress) {}

  void run() {
    for (const StreamGroup& group : group_by_stream(specification_, set_, results_.pending())) {
      if (interrupted_) return;
      run_group(group);
    }
    while (!running_.empty() && !interrupted_) collect();
  }

 private:
  void run_group(const StreamGroup& group) {
    // The last group's workers may still read what is shared here: their fork keeps it.
    shared_.reset();
    // With fewer points than workers each decodes for itself, at the same time.
    if (group.points.size() > most_) {
      progress_.say("decoding " +
                    (group.config.workload.empty() ? group.config.trace : group.config.workload));
      try {
        shared_ = SharedStream::decode(group.config, memory_for_streams());
      } catch (const InputError& error) {
        for (const int64_t number : group.points) record(number, failure(error.what()));
        return;
      }
    }
    for (const int64_t number : group.points) {
      while (running_.size() == most_ && !interrupted_) collect();
      if (interrupted_) return;
      start(number);
    }
  }

  void start(int64_t number) {
    running_.emplace_back(number, [this, number] {
      results_.release_lock_in_child();
      const Config config = specification_.config(set_.points.at(static_cast<size_t>(number)));
      return simulate(config, shared_.get());
    });
  }

  /// Waits for workers and stores what has ended.
  void collect() {
    std::vector<pollfd> waiting;
    for (const Worker& worker : running_) waiting.push_back({worker.descriptor(), POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), kPollMilliseconds) < 0) {
      if (errno == EINTR) return;
      throw std::runtime_error("cannot wait for workers");
    }
    auto worker = running_.begin();
    for (const pollfd& descriptor : waiting) {
      if (descriptor.revents != 0 && collect(*worker))
        worker = running_.erase(worker);
      else
        ++worker;
    }
  }

  bool collect(Worker& worker) {
    const std::optional<PointOutcome> outcome = worker.collect();
    if (outcome) record(worker.number(), *outcome);
    return outcome.has_value();
  }

  void record(int64_t number, const PointOutcome& outcome) {
    results_.record(number, outcome);
    progress_.note(number, outcome);
  }

  static PointOutcome failure(const std::string& reason) {
    PointOutcome outcome;
    outcome.reason = reason;
    return outcome;
  }

  const Specification& specification_;
  const PointSet& set_;
  Results& results_;
  size_t most_;
  const std::atomic<bool>& interrupted_;
  SweepProgress& progress_;
  std::unique_ptr<SharedStream> shared_;
  std::list<Worker> running_;
};

}  // namespace

void run_points(const Specification& specification, const PointSet& set, Results& results,
                size_t workers, const std::atomic<bool>& interrupted, SweepProgress& progress) {
  Pool(specification, set, results, workers, interrupted, progress).run();
}

void require_streams(const Specification& specification, const PointSet& set) {
  std::set<std::string> seen;
  for (const Point& point : set.points) {
    Config config = specification.unchecked_config(point);
    if (config.trace.empty() && config.workload.empty())
      throw InputError("the sweep names no stream: give trace or workload in [base] or [axes]");
    if (config.trace == "-")
      throw InputError("trace: a sweep reads its trace more than once; give a file, no pipe");
    if (!seen.insert(stream_name(config)).second) continue;
    if (config.workload.empty())
      open_trace(config.trace, {});
    else
      open_workload(config.workload, config.seed);
  }
}

size_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<size_t>(CPU_COUNT(&set));
}

}  // namespace nestwalk
