// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/config/input_error.h"
#include "sim/experiment/machine.h"
#include "sim/process/worker_pool.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/sweep/shared_stream.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

/// A part of a stream, in data references as the run counts them: one that crosses a page is two.
struct Interval {
  uint64_t first_element;  ///< Where the warm-up begins.
  uint64_t warmup;
  uint64_t references;
};

uint64_t counted(const Reference& element) {
  return element.kind > ReferenceKind::kStore ? 0 : crosses_a_page(element) ? 2 : 1;
}

/// A place in a stream: elements before it, and what the run counts of them.
struct Place {
  uint64_t element;
  uint64_t references;
};

/// The first place at or after each of the wanted numbers of references, which ascend; the end of
/// the stream for those past it.
std::vector<Place> find_places(Stream& stream, const std::vector<uint64_t>& wanted) {
  std::vector<Place> places;
  std::vector<Reference> batch(4096);
  Place at{0, 0};
  while (const size_t count = stream.read(batch.data(), batch.size()))
    for (size_t i = 0; i < count; ++i) {
      while (places.size() < wanted.size() && at.references >= wanted[places.size()])
        places.push_back(at);
      at.references += counted(batch[i]);
      ++at.element;
    }
  while (places.size() < wanted.size()) places.push_back(at);
  return places;
}

uint64_t count_references(Stream& stream) {
  return find_places(stream, {~uint64_t{0}}).front().references;
}

/// Cuts what follows the configuration's own warm-up into equal parts.
std::vector<Interval> cut(const SharedStream& shared, const Config& config,
                          const IntervalOptions& options) {
  uint64_t end = count_references(*shared.open());
  if (config.references) end = std::min(end, config.warmup + *config.references);
  if (end < config.warmup + options.count)
    throw InputError("--intervals", fmt::format("{} data references after the warm-up cannot be "
                                                "cut into {}",
                                                end - std::min(end, config.warmup), options.count));
  std::vector<uint64_t> begins;
  for (size_t i = 0; i <= options.count; ++i)
    begins.push_back(config.warmup + (end - config.warmup) * i / options.count);
  std::vector<uint64_t> warm;
  for (size_t i = 0; i < options.count; ++i)
    warm.push_back(i == 0 ? 0 : begins[i] - std::min(begins[i], options.warmup));
  const std::vector<Place> from = find_places(*shared.open(), warm);
  const std::vector<Place> at = find_places(*shared.open(), begins);
  std::vector<Interval> intervals;
  for (size_t i = 0; i < options.count; ++i) {
    // The last one ends where the run would, in the middle of an element that crosses a page too.
    const uint64_t last = i + 1 == options.count ? end : at[i + 1].references;
    const uint64_t first = i == 0 ? config.warmup : at[i].references;
    intervals.push_back({from[i].element, first - from[i].references, last - first});
  }
  return intervals;
}

Json simulate(const Config& config, Stream& stream) {
  Machine machine(config, stream, {});
  machine.run();
  return to_json(machine.result());
}

Json simulate(const Config& config, const SharedStream& shared, const Interval& interval) {
  Config part = config;
  part.warmup = interval.warmup;
  part.references = interval.references;
  return simulate(part, *shared.open(interval.first_element));
}

bool says_what_ran(const std::string& name) {
  return name == "nestwalk" || name == "config" || name == "seed" || name == "up_to" ||
         name.rfind("area", 0) == 0;
}

/// Adds all counts of a result to another's; what says how it was run stays.
void add(Json& sum, const Json& part) {
  if (sum.is_object()) {
    for (auto& [name, value] : sum.items())
      if (!says_what_ran(name) && part.contains(name)) add(value, part.at(name));
  } else if (sum.is_array()) {
    for (size_t i = 0; i < part.size(); ++i)
      if (i < sum.size())
        add(sum[i], part[i]);
      else
        sum.push_back(part[i]);
  } else if (sum.is_number_integer() && part.is_number_integer()) {
    sum = sum.get<uint64_t>() + part.get<uint64_t>();
  }
}

Json join(const std::vector<Json>& parts, const Config& config) {
  Json sum = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) add(sum, parts[i]);
  const uint64_t cycles = sum.at("core_cycles");
  const uint64_t walk_cycles = sum.at("walks").at("cycles");
  sum["overhead"] =
      cycles > walk_cycles
          ? Json(static_cast<double>(walk_cycles) / static_cast<double>(cycles - walk_cycles))
          : Json(nullptr);
  sum["config"]["warmup"] = config.warmup;
  sum["config"]["references"] = config.references ? Json(*config.references) : Json(nullptr);
  return sum;
}

/// Relative, of one number; null where the whole has none.
Json error_of(const Json& joined, const Json& whole) {
  const double right = whole.get<double>();
  return right == 0 ? Json(nullptr) : Json(joined.get<double>() / right - 1);
}

Json errors(const Json& joined, const Json& whole) {
  const auto of = [&](const char* pointer) {
    const Json::json_pointer path(pointer);
    return error_of(joined.at(path), whole.at(path));
  };
  return {{"cycles", of("/cycles")},
          {"stall_cycles", of("/stall_cycles")},
          {"walk_cycles", of("/walks/cycles")},
          {"walk_count", of("/walks/count")},
          {"l1_tlb_misses", of("/l1_tlb/misses")},
          {"l2_tlb_misses", of("/l2_tlb/misses")}};
}

/// Runs `works` in processes, some at a time; their results in order.
std::vector<Json> run_all(const std::vector<Worker::Work>& works, size_t at_a_time) {
  std::vector<Json> results(works.size());
  WorkerPool pool(at_a_time, [&results](int64_t number, const WorkerOutcome& outcome) {
    if (!outcome.answer)
      throw std::runtime_error(fmt::format("part {}: {}", number, outcome.reason));
    results[static_cast<size_t>(number)] = Json::parse(*outcome.answer);
  });
  size_t next = 0;
  while (next < works.size() || !pool.is_empty()) {
    if (next < works.size() && !pool.is_full()) {
      pool.start(static_cast<int64_t>(next), works[next]);
      ++next;
    } else {
      pool.collect();
    }
  }
  return results;
}

void require_cuttable(const Config& config) {
  if (!can_be_read_again(config.trace))
    throw InputError("--intervals", "a pipe cannot be cut; give a file");
  if (config.timing == Timing::kApproximate && config.core.outstanding > 1)
    throw InputError("--intervals",
                     "needs core.outstanding = 1: with more the time of a part "
                     "depends on what is in flight at its ends");
  if (config.core.count > 1)
    throw InputError("--intervals", "needs core.count = 1: cores do not reach a cut at one time");
}

}  // namespace

nlohmann::ordered_json run_intervals(const Config& config, const IntervalOptions& options) {
  require_cuttable(config);
  const auto shared = SharedStream::decode(config, memory_for_streams());
  if (!shared)
    throw InputError("--intervals",
                     "the stream does not fit into half of the memory that is "
                     "available; run a part of it by --references");
  std::vector<Worker::Work> works;
  if (options.measure_error)
    works.push_back([&] { return simulate(config, *shared->open()).dump(); });
  for (const Interval& interval : cut(*shared, config, options))
    works.push_back(
        [&config, &shared, interval] { return simulate(config, *shared, interval).dump(); });

  std::vector<Json> results = run_all(works, options.workers);
  Json whole;
  if (options.measure_error) {
    whole = results.front();
    results.erase(results.begin());
  }
  Json joined = join(results, config);
  joined["intervals"] = {{"count", options.count},
                         {"warmup", options.warmup},
                         {"error", options.measure_error ? errors(joined, whole) : Json(nullptr)}};
  return joined;
}

}  // namespace nestwalk
