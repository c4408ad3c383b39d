// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

#include "sim/config/consistency.h"
#include "sim/experiment/closed_form_check.h"
#include "sim/experiment/escape_census.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/miss_census.h"
#include "sim/experiment/steady_stream.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/report/progress.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/shared_stream.h"

namespace nestwalk {
namespace {

/// Predictions below this share of what base-virtualized walks take have no relative error.
constexpr double kNextToNothing = 1e-6;

/// Bytes of a workload's stream that is kept for all runs.
constexpr uint64_t kMostShared = uint64_t{1} << 30;

double mean_walk(const RunResult& result) {
  if (result.walks.walks == 0) return 0;
  return static_cast<double>(result.walks.cycles) / static_cast<double>(result.walks.walks);
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

ObservedWalks observed_walks(const RunResult& result) {
  const double check = result.config.mmu.latency.segment_check;
  return {static_cast<double>(result.walks.walks), static_cast<double>(result.walks.cycles),
          static_cast<double>(result.walks.segment_checks) * check};
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

class Verifier {
 public:
  explicit Verifier(const VerificationSpec& spec) : spec_(spec) {
    result_.tolerance = spec.tolerance;
    result_.config = spec.run.config;
    result_.config.mode = Mode::kNative;
  }

  Verification run() {
    share_workload();
    std::unique_ptr<Stream> first = open(result_.config, spec_.run.quiet);
    progress_.emplace("references of all runs", references_of_all(*first), spec_.run.quiet);
    if (spec_.closed_form) try_closed_forms();
    run_native(std::move(first));
    result_.base = simulate(config(Mode::kBaseVirtualized));
    complete_input();
    for (const Mode mode : kPredictedModes) verify(mode);
    return std::move(result_);
  }

 private:
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

  std::optional<uint64_t> references_of_all(const Stream& stream) const {
    const auto one = expected_references(result_.config, stream);
    if (!one) return std::nullopt;
    return *one * (kPredictedModes.size() + 2 + (spec_.closed_form ? kModes.size() : 0));
  }

  Config config(Mode mode) const {
    Config config = result_.config;
    config.mode = mode;
    return config;
  }

  /// Runs a machine; `prepare(machine)` may attach an observer. `restart`: see
  /// Machine::Options::on_region_of_interest.
  RunResult simulate(
      Config config, std::unique_ptr<Stream> stream = nullptr,
      const std::function<void(Machine&)>& prepare = [](Machine&) {},
      const std::function<void()>& restart = {}) {
    if (!stream) stream = open(config, true);
    SteadyStream steady(std::move(stream));
    Machine::Options options;
    options.interrupted = &interruption_.requested();
    options.on_progress = [this](uint64_t done) { progress_->update(done_ + done); };
    options.on_region_of_interest = restart;
    Machine machine(config, steady, options);
    prepare(machine);
    machine.run();
    require_no_interruption();
    require_past_warmup(config, machine.processor().issued());
    done_ += machine.processor().issued();
    return machine.result();
  }

  SegmentSetting segments(Mode mode, Stream& stream) const {
    Machine machine(config(mode), stream, {});
    return SegmentSetting(machine.mmu(0).context());
  }

  void run_native(std::unique_ptr<Stream> stream) {
    SegmentSetting native_direct = segments(Mode::kNativeDirect, *stream);
    SegmentSetting dual_direct = segments(Mode::kDualDirect, *stream);
    census_.emplace(WouldBeSegments(std::move(native_direct), std::move(dual_direct)));
    result_.native = simulate(
        config(Mode::kNative), std::move(stream),
        [this](Machine& machine) {
          census_->attach(machine.software());
          machine.observe(&*census_);
        },
        [this] { census_->start_over(); });
    const Config& config = result_.config;
    if (result_.native.references == 0)
      throw InputError(config.trace.empty() ? config.workload : config.trace,
                       fmt::format("no data reference is left to verify after skip = {} and "
                                   "warmup = {}",
                                   config.skip, config.warmup));
  }

  void try_closed_forms() {
    for (const Mode mode : kModes) {
      const std::string breach = closed_form_breach(simulate(closed_form_config(config(mode))));
      if (!breach.empty()) result_.closed_form_breaches.push_back(breach);
    }
  }

  void complete_input() {
    LinearModelInput& input = result_.input;
    input.native_walk = mean_walk(result_.native);
    input.nested_walk = mean_walk(result_.base);
    input.misses = static_cast<double>(result_.native.walks.walks);
    input.vmm_direct_checks = vmm_direct_checks(result_.config.paging, census_->share_4k());
  }

  void verify(Mode mode) {
    const MissCensus::Misses& misses = census_->of(mode);
    const Prediction kept = predict(mode, result_.input, misses.kept);
    const Prediction escaped = predict(mode, result_.input, misses.escaped);

    ModeVerification one;
    one.mode = mode;
    one.misses = misses.kept;
    one.misses += misses.escaped;
    one.prediction = kept + escaped;
    std::optional<EscapeCensus> escapes;
    one.simulated = simulate(
        config(mode), nullptr,
        [&](Machine& machine) {
          if (result_.config.software.bad_pages == 0) return;
          escapes.emplace(machine.mmu(0).context(), machine.config().mmu.latency.segment_check);
          machine.observe(&*escapes);
        },
        [&] {
          if (escapes) escapes->start_over();
        });

    const ObservedWalks all = observed_walks(one.simulated);
    const double by_base = result_.input.nested_walk * result_.input.misses;
    if (one.prediction.cycles > kNextToNothing * by_base) {
      const ObservedWalks outside = escapes ? escapes->escaped() : ObservedWalks{};
      one.error = split_error(kept, all - outside, escaped, outside);
      one.holds = std::abs(one.error->error()) <= spec_.tolerance;
    } else {
      one.holds = by_base > 0 ? all.cycles < spec_.tolerance * by_base : all.cycles == 0;
    }
    result_.modes.push_back(std::move(one));
  }

  const VerificationSpec& spec_;
  Interruption interruption_;
  std::unique_ptr<SharedStream> shared_;  ///< If it is a workload that fits.
  std::optional<Progress> progress_;
  uint64_t done_ = 0;
  std::optional<MissCensus> census_;
  Verification result_;
};

}  // namespace

Verification verify(const VerificationSpec& spec) {
  require_every_mode(spec);
  return Verifier(spec).run();
}

}  // namespace nestwalk
