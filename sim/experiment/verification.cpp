// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/config/consistency.h"
#include "sim/experiment/closed_form_check.h"
#include "sim/experiment/escape_census.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/miss_census.h"
#include "sim/experiment/steady_stream.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/process/shared_counts.h"
#include "sim/process/worker_pool.h"
#include "sim/report/progress.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/shared_stream.h"

namespace nestwalk {
namespace {

/// Predictions below this share of what base-virtualized walks take have no relative error.
constexpr double kNextToNothing = 1e-6;

using OnProgress = std::function<void(uint64_t)>;

/// Bytes of a workload's stream that is kept for all runs.
constexpr uint64_t kMostShared = uint64_t{1} << 30;

double mean_walk(const VerifiedRun& run) {
  if (run.walks.walks == 0) return 0;
  return static_cast<double>(run.walks.cycles) / static_cast<double>(run.walks.walks);
}

/// D_VD: the checks of a full VMM Direct walk at its page size, one more than its table reads. With
/// THP the mean over the native misses.
double vmm_direct_checks(const PagingConfig& paging, double share_4k) {
  const double checks = paging.guest_levels + 1;
  if (paging.pages.guest == GuestPages::kThp) return checks - (1 - share_4k);
  return checks - static_cast<double>(static_cast<int>(paging.pages.guest));
}

Prediction predict(Mode mode, LinearModelInput input, const MissCounts& misses) {
  input.misses = static_cast<double>(misses.total());
  switch (mode) {
    case Mode::kNativeDirect:
      return predict_native_direct(input, misses.share(SegmentClass::kGuestOnly));
    case Mode::kVmmDirect:
      return predict_vmm_direct(input, misses.share(SegmentClass::kVmmOnly));
    case Mode::kGuestDirect:
      return predict_guest_direct(input, misses.share(SegmentClass::kGuestOnly));
    default:
      return predict_dual_direct(
          input, {misses.share(SegmentClass::kBoth), misses.share(SegmentClass::kVmmOnly),
                  misses.share(SegmentClass::kGuestOnly)});
  }
}

Prediction operator+(const Prediction& a, const Prediction& b) {
  return {a.cycles + b.cycles, a.walks + b.walks, a.check_cycles + b.check_cycles};
}

ObservedWalks operator-(const ObservedWalks& a, const ObservedWalks& b) {
  return {a.walks - b.walks, a.cycles - b.cycles, a.check_cycles - b.check_cycles};
}

/// Throws InputError unless the machine and its stream can run in every mode.
void require_every_mode(const VerificationSpec& spec) {
  Config config = spec.run.config;
  if (!can_be_read_again(config.trace))
    throw InputError("--trace " + config.trace,
                     "a pipe can be read only once, and verify runs the stream in every mode: keep "
                     "it in a file, nestwalk trace convert - -o FILE.nwt");
  if (!config.beside.empty())
    throw InputError("beside", "the linear model is of one stream on one core: verify each alone");
  if (config.fetch)
    throw InputError("fetch", "the linear model is of data references: leave fetch off");
  for (const Mode mode : kModes) {
    config.mode = mode;
    if (const auto broken = find_inconsistency(config))
      throw InputError(broken->key, broken->what + "; verify runs all modes");
  }
}

/// What a run in a process of its own has found.
struct Found {
  VerifiedRun run;
  // Of the native run: its misses, by the mode that would have these segments.
  std::array<MissCensus::Misses, kModes.size()> misses;
  double share_4k;  ///< Of them.
  // Of a run with bad pages: the walks of pages that escaped.
  ObservedWalks escaped;
};

std::string to_bytes(const Found& found) {
  static_assert(std::is_trivially_copyable_v<Found>);
  return {reinterpret_cast<const char*>(&found), sizeof found};
}

Found from_bytes(const std::string& bytes) {
  Found found;
  if (bytes.size() != sizeof found) throw std::logic_error("a run answers with something else");
  std::memcpy(&found, bytes.data(), sizeof found);
  return found;
}

class Verifier {
 public:
  explicit Verifier(const VerificationSpec& spec) : spec_(spec) {
    result_.tolerance = spec.tolerance;
    result_.config = spec.run.config;
    result_.config.mode = Mode::kNative;
  }

  Verification run() {
    share_workload();
    const std::unique_ptr<Stream> stream = open(result_.config, spec_.run.quiet);
    const auto expected = expected_references(result_.config, *stream);
    const WouldBeSegments segments = would_be_segments(*stream);
    add_runs(segments);
    run_all(expected);
    judge();
    return std::move(result_);
  }

 private:
  struct Job {
    std::function<std::string(const OnProgress&)> run;
    std::function<void(const std::string&)> take;  ///< Its answer.
  };

  /// Some workloads take long to begin: those that fit are made once for all runs.
  void share_workload() {
    if (result_.config.workload.empty()) return;
    Progress progress("references made", std::nullopt, spec_.run.quiet);
    shared_ = SharedStream::decode(result_.config, std::min(kMostShared, memory_for_streams()),
                                   [&](uint64_t made) {
                                     progress.update(made);
                                     require_no_interruption();
                                   });
  }

  std::unique_ptr<Stream> open(Config& config, bool quiet) const {
    if (shared_) return shared_->open();
    return open_stream(config, spec_.run.format, quiet);
  }

  void require_no_interruption() const {
    if (interruption_.requested()) throw std::runtime_error("interrupted: nothing is verified");
  }

  Config config(Mode mode) const {
    Config config = result_.config;
    config.mode = mode;
    return config;
  }

  /// Resolves the configuration as well.
  WouldBeSegments would_be_segments(Stream& stream) {
    const auto of = [&](Mode mode) {
      Machine machine(config(mode), stream, {});
      resolved_ = machine.config();
      return SegmentSetting(machine.mmu(0).context());
    };
    SegmentSetting native_direct = of(Mode::kNativeDirect);
    SegmentSetting dual_direct = of(Mode::kDualDirect);
    resolved_.mode = Mode::kNative;
    return {std::move(native_direct), std::move(dual_direct)};
  }

  /// Those that take longest first.
  void add_runs(const WouldBeSegments& segments) {
    jobs_.push_back({[this](const OnProgress& on_progress) {
                       return to_bytes(run_mode(Mode::kBaseVirtualized, on_progress));
                     },
                     [this](const std::string& answer) { result_.base = from_bytes(answer).run; }});
    jobs_.push_back({[this, segments](const OnProgress& on_progress) {
                       return to_bytes(run_native(segments, on_progress));
                     },
                     [this](const std::string& answer) { native_ = from_bytes(answer); }});
    for (const Mode mode : kPredictedModes)
      jobs_.push_back({[this, mode](const OnProgress& on_progress) {
                         return to_bytes(run_mode(mode, on_progress));
                       },
                       [this, mode](const std::string& answer) {
                         direct_[static_cast<size_t>(mode)] = from_bytes(answer);
                       }});
    if (!spec_.closed_form) return;
    for (const Mode mode : kModes)
      jobs_.push_back({[this, mode](const OnProgress& on_progress) {
                         return closed_form_breach(
                             simulate(closed_form_config(config(mode)), on_progress));
                       },
                       [this, mode](const std::string& answer) {
                         breaches_[static_cast<size_t>(mode)] = answer;
                       }});
  }

  void run_all(const std::optional<uint64_t>& references) {
    Progress progress("references of all runs",
                      references ? std::optional(*references * jobs_.size()) : std::nullopt,
                      spec_.run.quiet);
    SharedCounts done(jobs_.size());
    WorkerPool pool(spec_.workers, [&](int64_t number, const WorkerOutcome& outcome) {
      if (outcome.wrong_input) throw InputError(outcome.reason);
      if (!outcome.answer) throw std::runtime_error(outcome.reason);
      jobs_[static_cast<size_t>(number)].take(*outcome.answer);
    });
    const auto work = [&](size_t i) -> Worker::Work {
      return [&, i] { return jobs_[i].run([&](uint64_t count) { done.set(i, count); }); };
    };
    pool.run_all(jobs_.size(), work, [&] {
      progress.update(done.sum());
      require_no_interruption();
    });
  }

  /// Runs a machine; `prepare(machine)` may attach an observer. `restart`: see
  /// Machine::Options::on_region_of_interest.
  RunResult simulate(
      Config config, const OnProgress& on_progress,
      const std::function<void(Machine&)>& prepare = [](Machine&) {},
      const std::function<void()>& restart = {}) const {
    SteadyStream steady(open(config, true));
    Machine::Options options;
    options.on_progress = on_progress;
    options.on_region_of_interest = restart;
    Machine machine(config, steady, options);
    prepare(machine);
    machine.run();
    require_past_warmup(config, machine.processor().issued());
    return machine.result();
  }

  static VerifiedRun verified(const RunResult& result) {
    return {result.references, result.cycles, result.stall_cycles, result.segments_completed,
            result.walks};
  }

  Found run_native(const WouldBeSegments& segments, const OnProgress& on_progress) const {
    MissCensus census(segments);
    const RunResult result = simulate(
        config(Mode::kNative), on_progress,
        [&](Machine& machine) {
          census.attach(machine.software());
          machine.observe(&census);
        },
        [&] { census.start_over(); });
    if (result.references == 0)
      throw InputError(stream_name(result.config),
                       fmt::format("no data reference is left to verify after skip = {} and "
                                   "warmup = {}",
                                   result.config.skip, result.config.warmup));
    Found found{verified(result), {}, census.share_4k(), {}};
    for (const Mode mode : kModes) found.misses[static_cast<size_t>(mode)] = census.of(mode);
    return found;
  }

  Found run_mode(Mode mode, const OnProgress& on_progress) const {
    std::optional<EscapeCensus> escapes;
    const RunResult result = simulate(
        config(mode), on_progress,
        [&](Machine& machine) {
          if (result_.config.software.bad_pages == 0) return;
          escapes.emplace(machine.mmu(0).context(), machine.config().mmu.latency.segment_check);
          machine.observe(&*escapes);
        },
        [&] {
          if (escapes) escapes->start_over();
        });
    return {verified(result), {}, 0, escapes ? escapes->escaped() : ObservedWalks{}};
  }

  void judge() {
    result_.config = resolved_;
    result_.native = native_.run;
    for (const std::string& breach : breaches_)
      if (!breach.empty()) result_.closed_form_breaches.push_back(breach);
    LinearModelInput& input = result_.input;
    input.native_walk = mean_walk(result_.native);
    input.nested_walk = mean_walk(result_.base);
    input.misses = static_cast<double>(result_.native.walks.walks);
    input.vmm_direct_checks = vmm_direct_checks(result_.config.paging, native_.share_4k);
    for (const Mode mode : kPredictedModes) judge(mode);
  }

  void judge(Mode mode) {
    const MissCensus::Misses& misses = native_.misses[static_cast<size_t>(mode)];
    const Found& found = direct_[static_cast<size_t>(mode)];
    const Prediction kept = predict(mode, result_.input, misses.kept);
    const Prediction escaped = predict(mode, result_.input, misses.escaped);

    ModeVerification one;
    one.mode = mode;
    one.misses = misses.kept;
    one.misses += misses.escaped;
    one.prediction = kept + escaped;
    one.simulated = found.run;
    const ObservedWalks all = observed(found.run.walks);
    const double by_base = result_.input.nested_walk * result_.input.misses;
    if (one.prediction.cycles > kNextToNothing * by_base) {
      one.error = split_error(kept, all - found.escaped, escaped, found.escaped);
      one.holds = std::abs(one.error->error()) <= spec_.tolerance;
    } else {
      one.holds = by_base > 0 ? all.cycles < spec_.tolerance * by_base : all.cycles == 0;
    }
    result_.modes.push_back(std::move(one));
  }

  ObservedWalks observed(const WalkStatistics& walks) const {
    const double check = result_.config.mmu.latency.segment_check;
    return {static_cast<double>(walks.walks), static_cast<double>(walks.cycles),
            static_cast<double>(walks.segment_checks) * check};
  }

  const VerificationSpec& spec_;
  Interruption interruption_;
  std::unique_ptr<SharedStream> shared_;  ///< If it is a workload that fits.
  std::vector<Job> jobs_;
  Config resolved_;  ///< Of the native run.
  Found native_{};
  std::array<Found, kModes.size()> direct_{};
  std::array<std::string, kModes.size()> breaches_;
  Verification result_;
};

}  // namespace

Verification verify(const VerificationSpec& spec) {
  require_every_mode(spec);
  return Verifier(spec).run();
}

}  // namespace nestwalk
