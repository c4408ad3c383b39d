// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <map>
#include <set>
#include <stdexcept>

#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/io/input_error.h"
#include "sim/process/worker_pool.h"
#include "sim/report/number_text.h"
#include "sim/report/run_result.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/shared_stream.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"
#include "sim/sweep/shared_software.h"

namespace nestwalk {
namespace {

/// Points that read the same stream.
struct StreamGroup {
  std::vector<int64_t> points;
  Config config;  ///< Names the stream; asks for as much of it as the longest of the points does.
};

/// What decides the elements of a stream.
std::string stream_identity(const Config& config) {
  return config.workload.empty()
             ? fmt::format("{} {} {}", config.fetch, config.skip, config.trace)
             : fmt::format("{} {} {}", config.seed, config.skip, config.workload);
}

/// Whether the cores of a machine read their parts of the stream at paces of their own: one that is
/// ahead reads past what the run will do.
bool reads_ahead(const Config& config) {
  return config.timing == Timing::kApproximate && config.core.count > 1;
}

/// Asks for what either of two points needs of their stream.
void widen(Config& config, const Config& other) {
  const auto end = [](const Config& c) { return c.warmup + c.references.value_or(0); };
  if (!config.references || !other.references || reads_ahead(other)) {
    config.references.reset();
  } else if (end(other) > end(config)) {
    config.warmup = other.warmup;
    config.references = other.references;
  }
  if (!other.software.primary_region) config.software.primary_region.reset();
  config.software.bad_pages = std::max(config.software.bad_pages, other.software.bad_pages);
}

std::vector<StreamGroup> group_by_stream(const Specification& specification, const PointSet& set,
                                         const std::vector<int64_t>& numbers) {
  std::vector<StreamGroup> groups;
  std::map<std::string, size_t> places;
  for (const int64_t number : numbers) {
    const Config config =
        specification.unchecked_config(set.points.at(static_cast<size_t>(number)));
    const auto [place, is_new] = places.try_emplace(stream_identity(config), groups.size());
    if (is_new) groups.push_back({{}, config});
    groups[place->second].points.push_back(number);
    widen(groups[place->second].config, config);
  }
  return groups;
}

/// Points of a group that begin with the same software side, or each with its own.
struct SoftwareGroup {
  bool is_shared;
  std::vector<int64_t> points;
};

/// In the order of their first points.
std::vector<SoftwareGroup> group_by_software(const Specification& specification,
                                             const PointSet& set, const StreamGroup& group,
                                             const SharedStream& stream) {
  std::vector<SoftwareGroup> groups;
  std::map<std::optional<SoftwareInputs>, size_t> places;
  const std::unique_ptr<Stream> opened = stream.open();
  for (const int64_t number : group.points) {
    const auto inputs = SharedSoftware::inputs(
        specification.unchecked_config(set.points.at(static_cast<size_t>(number))), *opened);
    const auto [place, is_new] = places.try_emplace(inputs, groups.size());
    if (is_new) groups.push_back({inputs.has_value(), {}});
    groups[place->second].points.push_back(number);
  }
  return groups;
}

std::string simulate(const Config& config, const SharedStream* shared,
                     const SharedSoftware* software) {
  if (config.trace.empty() && config.workload.empty())
    throw InputError("the sweep names no stream: [base] needs trace or workload");
  Config resolved = config;
  const std::unique_ptr<Stream> stream =
      shared != nullptr ? shared->open() : open_stream(resolved, std::nullopt);
  const std::vector<std::unique_ptr<Stream>> beside = open_beside(resolved);
  Machine::Options options;
  options.beside = lend(beside);
  if (software != nullptr) options.software = software->lend(resolved, *stream);
  Machine machine(resolved, *stream, options);
  machine.run();
  require_past_warmup(resolved, machine.processor().issued());
  return to_json(machine.result()).dump();
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

PointOutcome point_outcome(const WorkerOutcome& worker) {
  PointOutcome outcome;
  if (worker.answer) outcome.result = nlohmann::ordered_json::parse(*worker.answer);
  outcome.reason = worker.reason;
  outcome.host = host_name();
  outcome.seconds = worker.seconds;
  outcome.cpu_seconds = worker.cpu_seconds;
  outcome.peak_memory = worker.peak_memory;
  return outcome;
}

/// The points of one sweep on their way through the workers.
class PointRunner {
 public:
  PointRunner(const Specification& specification, const PointSet& set, Results& results,
              size_t workers, const std::atomic<bool>& interrupted, SweepProgress& progress)
      : specification_(specification),
        set_(set),
        results_(results),
        interrupted_(interrupted),
        progress_(progress),
        pool_(workers, [this](int64_t number, const WorkerOutcome& outcome) {
          record(number, point_outcome(outcome));
        }) {}

  void run() {
    for (const StreamGroup& group : group_by_stream(specification_, set_, results_.pending())) {
      if (interrupted_) return;
      run_group(group);
    }
    while (!pool_.is_empty() && !interrupted_) pool_.collect();
  }

 private:
  // What is shared is replaced while workers still read it: their fork keeps it.

  void run_group(const StreamGroup& group) {
    software_.reset();
    shared_.reset();
    // With fewer points than workers each decodes for itself, at the same time.
    if (group.points.size() > pool_.most()) {
      try {
        shared_ = decode(group.config);
      } catch (const Interrupted&) {
        return;
      } catch (const InputError& error) {
        for (const int64_t number : group.points) record(number, failure(error.what()));
        return;
      }
    }
    if (!shared_) return start_all(group.points);
    for (const SoftwareGroup& part : group_by_software(specification_, set_, group, *shared_)) {
      if (interrupted_) return;
      build_software(part);
      start_all(part.points);
    }
  }

  std::unique_ptr<SharedStream> decode(const Config& config) {
    const std::string what = "decoding " + stream_name(config);
    progress_.line().show(what);
    return SharedStream::decode(config, memory_for_streams(), [&](uint64_t read) {
      if (interrupted_) throw Interrupted();
      if (progress_.line().is_due())
        progress_.line().show(fmt::format("{}: {} references", what, with_commas(read)));
    });
  }

  void build_software(const SoftwareGroup& group) {
    software_.reset();
    if (!group.is_shared || group.points.size() <= pool_.most()) return;
    progress_.line().show("setting up memory");
    try {
      software_ = std::make_unique<SharedSoftware>(unchecked_config(group.points.front()),
                                                   *shared_->open());
    } catch (const std::exception&) {
      // Each point says so itself.
    }
  }

  void start_all(const std::vector<int64_t>& numbers) {
    progress_.show();
    for (const int64_t number : numbers) {
      while (pool_.is_full() && !interrupted_) pool_.collect();
      if (interrupted_) return;
      start(number);
    }
  }

  void start(int64_t number) {
    pool_.start(number, [this, number] {
      results_.release_lock_in_child();
      const Config config = specification_.config(set_.points.at(static_cast<size_t>(number)));
      return simulate(config, shared_.get(), software_.get());
    });
  }

  Config unchecked_config(int64_t number) const {
    return specification_.unchecked_config(set_.points.at(static_cast<size_t>(number)));
  }

  void record(int64_t number, const PointOutcome& outcome) {
    results_.record(number, outcome);
    progress_.note(number, outcome);
  }

  static PointOutcome failure(const std::string& reason) {
    PointOutcome outcome;
    outcome.reason = reason;
    outcome.host = host_name();
    return outcome;
  }

  const Specification& specification_;
  const PointSet& set_;
  Results& results_;
  const std::atomic<bool>& interrupted_;
  SweepProgress& progress_;
  std::unique_ptr<SharedStream> shared_;
  std::unique_ptr<SharedSoftware> software_;
  WorkerPool pool_;
};

}  // namespace

void run_points(const Specification& specification, const PointSet& set, Results& results,
                size_t workers, const std::atomic<bool>& interrupted, SweepProgress& progress) {
  PointRunner(specification, set, results, workers, interrupted, progress).run();
}

void require_streams(const Specification& specification, const PointSet& set) {
  std::set<std::string> seen;
  std::set<std::vector<std::string>> seen_beside;
  for (const Point& point : set.points) {
    Config config = specification.unchecked_config(point);
    if (seen_beside.insert(config.beside).second) open_beside(config);
    if (config.trace.empty() && config.workload.empty())
      throw InputError("the sweep names no stream: give trace or workload in [base] or [axes]");
    if (!can_be_read_again(config.trace))
      throw InputError("trace: a sweep reads its trace more than once; give a file, no pipe");
    // Whatever the seed: it decides what a workload does, not whether it can be opened.
    if (!seen.insert(config.workload.empty() ? config.trace : config.workload).second) continue;
    if (config.workload.empty())
      open_trace(config.trace, {});
    else
      open_workload(config.workload, config.seed);
  }
}

}  // namespace nestwalk
