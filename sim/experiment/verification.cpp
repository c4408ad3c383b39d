// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/verification.h"

#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

#include "sim/config/input_error.h"
#include "sim/experiment/closed_form_check.h"
#include "sim/experiment/interruption.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/would_be_segments.h"
#include "sim/report/progress.h"
#include "sim/stream/control_operation.h"

namespace nestwalk {
namespace {

/// Predictions below this share of what base-virtualized walks take have no relative error.
constexpr double kNextToNothing = 1e-6;

bool is_finished(const PageWalk& walk, const WalkStep& step) {
  return step.need == PageWalk::Need::kDone && !walk.fault();
}

/// Passes a stream on, and refuses what the linear model has no word for: its shares F are of
/// segments that stay.
class SteadyStream : public Stream {
 public:
  explicit SteadyStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  size_t read(Reference* batch, size_t capacity) override {
    const size_t size = stream_->read(batch, capacity);
    for (size_t i = 0; i < size; ++i)
      if (batch[i].kind == ReferenceKind::kControl)
        check(static_cast<ControlOperation>(batch[i].size));
    return size;
  }
  std::optional<uint64_t> length() const override { return stream_->length(); }
  std::vector<VirtualRange> ranges() const override { return stream_->ranges(); }
  std::optional<VirtualRange> primary_region() const override { return stream_->primary_region(); }
  ProcessorHint processor_hint() const override { return stream_->processor_hint(); }

 private:
  static void check(ControlOperation operation) {
    switch (operation) {
      case ControlOperation::kInvlpg:
      case ControlOperation::kInvpcidAddress:
      case ControlOperation::kInvpcidSingle:
      case ControlOperation::kInvpcidAllGlobal:
      case ControlOperation::kInvpcidAll:
      case ControlOperation::kInvvpidAddress:
      case ControlOperation::kInvvpidSingle:
      case ControlOperation::kInvvpidSingleKeepGlobal:
      case ControlOperation::kInvvpidAll:
      case ControlOperation::kInveptSingle:
      case ControlOperation::kInveptAll:
        return;
      default:
        throw InputError("the address stream",
                         "changes the address space or the segments while it runs; the linear "
                         "model is of one setting: verify a stream without such events");
    }
  }

  std::unique_ptr<Stream> stream_;
};

/// Classifies the misses of a native run by the segments of each predicted mode.
class MissCensus : public WalkObserver {
 public:
  explicit MissCensus(WouldBeSegments segments) : segments_(std::move(segments)) {}

  struct Mode {
    MissCounts kept;     ///< Misses on pages that did not escape.
    MissCounts escaped;  ///< On those that did, or seem to have.
  };

  void on_step(const PageWalk& walk, const WalkStep& step) override {
    if (!is_finished(walk, step)) return;
    const GuestVirtual address = walk.virtual_address();
    const HostPhysical place = walk.translation().address.align_down(PageSize::k4K);
    ++walks_;
    if (walk.translation().guest_page == PageSize::k4K) ++walks_4k_;
    count(nestwalk::Mode::kNativeDirect, segments_.in_native_direct(address));
    count(nestwalk::Mode::kDualDirect, segments_.in_dual_direct(address, place));
    count(nestwalk::Mode::kVmmDirect, segments_.in_vmm_direct(address, place));
    count(nestwalk::Mode::kGuestDirect, segments_.in_guest_direct(address));
  }

  void start_over() {
    modes_ = {};
    walks_ = walks_4k_ = 0;
  }

  const Mode& of(nestwalk::Mode mode) const { return modes_[static_cast<size_t>(mode)]; }
  double share_4k() const {
    return walks_ == 0 ? 1 : static_cast<double>(walks_4k_) / static_cast<double>(walks_);
  }

 private:
  void count(nestwalk::Mode mode, const Membership& membership) {
    Mode& counts = modes_[static_cast<size_t>(mode)];
    MissCounts& misses = membership.escaped ? counts.escaped : counts.kept;
    ++misses.of[static_cast<size_t>(membership.segments)];
  }

  WouldBeSegments segments_;
  std::array<Mode, kModes.size()> modes_{};
  uint64_t walks_ = 0;
  uint64_t walks_4k_ = 0;
};

/// Adds up the walks of a direct mode's run whose data page escaped a segment.
class EscapeCensus : public WalkObserver {
 public:
  EscapeCensus(const TranslationContext& context, Cycles check)
      : context_(context), check_(check) {}

  void on_step(const PageWalk& walk, const WalkStep& step) override {
    cycles_ += step.cycles;
    if (step.need != PageWalk::Need::kDone) return;
    if (!walk.fault() && has_escaped(walk)) {
      escaped_.walks += 1;
      escaped_.cycles += static_cast<double>(cycles_);
      escaped_.check_cycles += static_cast<double>(walk.segment_checks()) * check_;
    }
    cycles_ = 0;
  }

  void start_over() { escaped_ = {}; }
  const ObservedWalks& escaped() const { return escaped_; }

 private:
  bool has_escaped(const PageWalk& walk) const {
    if (compare(context_.guest_segment, context_.guest_filter, walk.virtual_address(),
                PageSize::k4K)
            .escaped)
      return true;
    return context_.virtualized && compare(context_.vmm_segment, context_.vmm_filter,
                                           walk.physical_address(), PageSize::k4K)
                                       .escaped;
  }

  const TranslationContext& context_;
  double check_;
  uint64_t cycles_ = 0;  ///< Of the walk that goes on.
  ObservedWalks escaped_;
};

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

/// The configuration that all runs share: what only one of them would find out filled in.
Config shared_config(const VerificationSpec& spec) {
  Config config = spec.run.config;
  if (config.trace == "-")
    throw InputError("--trace -",
                     "a pipe can be read only once, and verify runs the stream in every mode: keep "
                     "it in a file, nestwalk trace convert - -o FILE.nwt");
  if (config.fetch)
    throw InputError("fetch", "the linear model is of data references: leave fetch off");
  for (const Mode mode : kModes) config.paging.pages.in(mode);
  return config;
}

class Verifier {
 public:
  Verifier(const VerificationSpec& spec, const Config& config, const Stream& stream)
      : spec_(spec), progress_("references of all runs", references_of_all(config, stream)) {
    result_.tolerance = spec.tolerance;
    result_.config = config;
  }

  Verification run(std::unique_ptr<Stream> first) {
    if (spec_.closed_form) try_closed_forms();
    run_native(std::move(first));
    result_.base = simulate(config(Mode::kBaseVirtualized));
    complete_input();
    for (const Mode mode : kPredictedModes) verify(mode);
    return std::move(result_);
  }

 private:
  std::optional<uint64_t> references_of_all(const Config& config, const Stream& stream) const {
    const auto one = expected_references(config, stream);
    if (!one) return std::nullopt;
    return *one * (kPredictedModes.size() + 2 + (spec_.closed_form ? kModes.size() : 0));
  }

  Config config(Mode mode) const {
    Config config = result_.config;
    config.mode = mode;
    return config;
  }

  /// Runs a machine; `prepare(machine)` may attach an observer. `restart`: see Machine::Options.
  RunResult simulate(
      Config config, std::unique_ptr<Stream> stream = nullptr,
      const std::function<void(Machine&)>& prepare = [](Machine&) {},
      const std::function<void()>& restart = {}) {
    if (!stream) stream = open_stream(config, spec_.run.format);
    SteadyStream steady(std::move(stream));
    Machine::Options options;
    options.interrupted = &interruption_.requested();
    options.on_progress = [this](uint64_t done) { progress_.update(done_ + done); };
    options.on_region_of_interest = restart;
    Machine machine(config, steady, options);
    prepare(machine);
    machine.run();
    if (interruption_.requested()) throw std::runtime_error("interrupted: nothing is verified");
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
        [this](Machine& machine) { machine.observe(&*census_); },
        [this] { census_->start_over(); });
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
    const MissCensus::Mode& misses = census_->of(mode);
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
          if (misses.escaped.total() == 0) return;
          escapes.emplace(machine.mmu(0).context(), machine.config().mmu.latency.segment_check);
          machine.observe(&*escapes);
        },
        [&] {
          if (escapes) escapes->start_over();
        });

    const ObservedWalks all = observed_walks(one.simulated);
    const double worth_a_word = kNextToNothing * result_.input.nested_walk * result_.input.misses;
    if (one.prediction.cycles > worth_a_word) {
      const ObservedWalks outside = escapes ? escapes->escaped() : ObservedWalks{};
      one.error = split_error(kept, all - outside, escaped, outside);
      one.holds = std::abs(one.error->error()) <= spec_.tolerance;
    } else {
      one.holds = all.cycles <= spec_.tolerance * result_.input.nested_walk * result_.input.misses;
    }
    result_.modes.push_back(std::move(one));
  }

  const VerificationSpec& spec_;
  Interruption interruption_;
  Progress progress_;
  uint64_t done_ = 0;
  std::optional<MissCensus> census_;
  Verification result_;
};

}  // namespace

Verification verify(const VerificationSpec& spec) {
  Config config = shared_config(spec);
  config.mode = Mode::kNative;
  std::unique_ptr<Stream> stream = open_stream(config, spec.run.format);
  Verifier verifier(spec, config, *stream);
  return verifier.run(std::move(stream));
}

}  // namespace nestwalk
