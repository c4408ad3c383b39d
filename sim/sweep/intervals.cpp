// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/experiment/machine.h"
#include "sim/io/input_error.h"
#include "sim/process/worker_pool.h"
#include "sim/report/progress.h"
#include "sim/report/run_result.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/control_operation.h"
#include "sim/stream/shared_stream.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

/// A part of a stream, in data references as the run counts them: one that crosses a page is two.
struct Interval {
  uint64_t first_element;  ///< Where the warm-up begins.
  uint64_t skipped;        ///< Data references before that.
  uint64_t warmup;
  std::optional<uint64_t> references;  ///< Unset: to the stream's end, as the run itself.
};

uint64_t counted(const Reference& element) {
  if (!is_data(element)) return 0;
  return crosses_a_page(element) ? 2 : 1;
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

using Writes = std::vector<std::pair<uint64_t, Reference>>;  ///< By element.

Writes find_register_writes(Stream& stream) {
  Writes writes;
  std::vector<Reference> batch(4096);
  uint64_t element = 0;
  while (const size_t count = stream.read(batch.data(), batch.size()))
    for (size_t i = 0; i < count; ++i, ++element)
      if (const auto left = left_of_skipped(batch[i])) writes.emplace_back(element, *left);
  return writes;
}

/// A stream behind the register writes of what lies before it: the machine is then in the mode, VM
/// and process that the whole run would be in.
class PartStream : public WrappedStream {
 public:
  PartStream(std::unique_ptr<Stream> rest, const Writes& writes, uint64_t first_element)
      : WrappedStream(std::move(rest)), next_(writes.begin()), end_(writes.begin()) {
    while (end_ != writes.end() && end_->first < first_element) ++end_;
  }

  size_t read(Reference* batch, size_t capacity) override {
    if (next_ == end_) return inner().read(batch, capacity);
    size_t count = 0;
    for (; next_ != end_ && count < capacity; ++next_) batch[count++] = next_->second;
    return count;
  }

 private:
  Writes::const_iterator next_;
  Writes::const_iterator end_;
};

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
    intervals.push_back(
        {from[i].element, from[i].references, first - from[i].references, last - first});
  }
  // What stands behind the last reference takes time too, unless the run ends before it.
  if (!config.references || end < config.warmup + *config.references)
    intervals.back().references.reset();
  return intervals;
}

Json simulate(const Config& config, Stream& stream) {
  Machine machine(config, stream, {});
  machine.run();
  return to_json(machine.result());
}

Json simulate(const Config& config, const SharedStream& shared, const Writes& writes,
              const Interval& interval) {
  Config part = config;
  part.skip += interval.skipped;
  part.warmup = interval.warmup;
  part.references = interval.references;
  PartStream stream(shared.open(interval.first_element), writes, interval.first_element);
  return simulate(part, stream);
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
  const auto overhead = overhead_of(sum.at("walks").at("cycles"), sum.at("core_cycles"));
  sum["overhead"] = overhead ? Json(*overhead) : Json(nullptr);
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

/// Runs `works` in processes, some at a time; their results in order. The last `parts` of them are
/// parts.
std::vector<Json> run_all(const std::vector<Worker::Work>& works, size_t parts, size_t at_a_time) {
  const size_t wholes = works.size() - parts;
  std::vector<Json> results(works.size());
  size_t done = 0;
  StatusLine line;
  WorkerPool pool(at_a_time, [&](int64_t number, const WorkerOutcome& outcome) {
    const auto i = static_cast<size_t>(number);
    const std::string name =
        i < wholes ? "the whole run" : fmt::format("part {} of {}", i - wholes + 1, parts);
    if (outcome.wrong_input) throw InputError(name, outcome.reason);
    if (!outcome.answer) throw std::runtime_error(name + ": " + outcome.reason);
    results[i] = Json::parse(*outcome.answer);
    line.show(fmt::format("{} of {} runs", ++done, works.size()));
  });
  pool.run_all(works.size(), [&works](size_t number) { return works[number]; });
  return results;
}

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
                     "needs software.model = \"linear\": what guest OS and VMM have done by a cut, "
                     "and the schedule's place in it, follow from all that was before");
  if (config.software.timeline != 0)
    throw InputError("--intervals", "needs software.timeline = 0: each part has one of its own");
}

std::unique_ptr<SharedStream> decode(const Config& config) {
  Progress progress("references decoded", std::nullopt);
  return SharedStream::decode(config, memory_for_streams(),
                              [&progress](uint64_t read) { progress.update(read); });
}

}  // namespace

nlohmann::ordered_json run_intervals(const Config& config, const IntervalOptions& options) {
  require_cuttable(config);
  const auto shared = decode(config);
  if (!shared)
    throw InputError("--intervals",
                     "the stream does not fit into half of the memory that is "
                     "available; run a part of it by --references");
  std::vector<Worker::Work> works;
  if (options.measure_error)
    works.push_back([&] { return simulate(config, *shared->open()).dump(); });
  const Writes writes = find_register_writes(*shared->open());
  for (const Interval& interval : cut(*shared, config, options))
    works.push_back([&config, &shared, &writes, interval] {
      return simulate(config, *shared, writes, interval).dump();
    });

  std::vector<Json> results =
      run_all(works, works.size() - (options.measure_error ? 1 : 0), options.workers);
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
