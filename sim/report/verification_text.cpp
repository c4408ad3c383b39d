// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "sim/config/words.h"
#include "sim/report/number_text.h"
#include "sim/report/run_result.h"
#include "sim/report/verification.h"

namespace nestwalk {
namespace {

double real(uint64_t value) {
  return static_cast<double>(value);
}

/// `+1.3 %`.
std::string signed_percent(double share) {
  return fmt::format("{:+.1f} %", 100 * share);
}

/// Whole cycles or walks of a prediction.
std::string rounded(double value) {
  return with_commas(static_cast<uint64_t>(std::llround(value)));
}

std::string head(const Verification& verification) {
  const Config& config = verification.config;
  return fmt::format("{}, pages {}, preset {}\n\n", stream_name(config),
                     to_string(config.paging.pages), config.preset);
}

std::string closed_form(const Verification& verification) {
  if (verification.closed_form_holds() && !verification.has_misses()) return "";
  if (verification.closed_form_holds())
    return "closed form holds: in all modes walks cost exactly 100 x reads + checks of the "
           "formula\n";
  std::string text = "closed form BROKEN\n";
  for (const std::string& breach : verification.closed_form_breaches) text += "  " + breach + "\n";
  return text;
}

/// A mean over walks; a dash where there were none.
std::string mean_text(double cycles, uint64_t walks) {
  return walks == 0 ? "-" : fmt::format("{:.2f}", cycles);
}

std::string measured(const Verification& verification) {
  const LinearModelInput& input = verification.input;
  const uint64_t native_walks = verification.native.walks.walks;
  const uint64_t base_walks = verification.base.walks.walks;
  return fmt::format(
      "\nmeasured\n"
      "  M_n  {:>14}  native TLB misses\n"
      "  C_n  {:>14}  cycles of a native walk\n"
      "  C_v  {:>14}  cycles of a two-dimensional walk, {} walks in base-virtualized\n"
      "  D_VD {:>14.3g}  cycles, a VMM Direct walk's checks\n"
      "  D_GD {:>14.3g}  cycles, a Guest Direct walk's check\n",
      with_commas(native_walks), mean_text(input.native_walk, native_walks),
      mean_text(input.nested_walk, base_walks), with_commas(base_walks), input.vmm_direct_checks,
      input.guest_direct_checks);
}

std::string shares(const MissCounts& misses) {
  std::string text;
  const auto add = [&](const char* name, SegmentClass segments) {
    const double share = misses.share(segments);
    if (share == 0) return;
    text += fmt::format("{}{} {:.4f}", text.empty() ? "" : ", ", name, share);
  };
  add("both", SegmentClass::kBoth);
  add("VMM only", SegmentClass::kVmmOnly);
  add("guest only", SegmentClass::kGuestOnly);
  add("neither", SegmentClass::kNeither);
  return text.empty() ? "-" : text;
}

std::string prediction_row(const ModeVerification& mode) {
  std::string line =
      fmt::format("  {:<16}{:>18}{:>18}", to_string(mode.mode), rounded(mode.prediction.cycles),
                  with_commas(mode.simulated.walks.cycles));
  if (mode.error) {
    const ErrorSplit& split = *mode.error;
    line += fmt::format("{:>11} ={:>11}{:>11}{:>11}{:>11}", signed_percent(split.error()),
                        signed_percent(split.miss_count), signed_percent(split.walk_cost),
                        signed_percent(split.check_cost), signed_percent(split.filter));
  } else {
    line += fmt::format("{:>11}  {:>44}", "-", "nothing to speak of is predicted");
  }
  return line + fmt::format("   {}\n", mode.holds ? "holds" : "FAILS");
}

std::string predictions(const Verification& verification) {
  std::string text =
      fmt::format("\n  {:<16}{:>18}{:>18}{:>11}  {:>11}{:>11}{:>11}{:>11}\n", "walk cycles",
                  "predicted", "simulated", "error", "misses", "walk cost", "checks", "filter");
  for (const ModeVerification& mode : verification.modes) text += prediction_row(mode);
  return text;
}

/// One line a mode: each assumption of the model beside what happened.
std::string assumption_row(const ModeVerification& mode, const LatencyTable& latency) {
  const WalkStatistics& walks = mode.simulated.walks;
  const double count = real(walks.walks);
  const double checks = real(walks.segment_checks) * latency.segment_check;
  const double completed = real(mode.simulated.segments_completed) * latency.segment_completion;
  return fmt::format(
      "  {:<16}{:>14}{:>14}{:>12}{:>12}{:>10}{:>10}{:>14}   {}\n", to_string(mode.mode),
      rounded(mode.prediction.walks), with_commas(walks.walks),
      ratio(mode.prediction.cycles - mode.prediction.check_cycles, mode.prediction.walks),
      ratio(real(walks.cycles) - checks, count),
      ratio(mode.prediction.check_cycles, mode.prediction.walks), ratio(checks, count),
      rounded(completed), shares(mode.misses));
}

std::string assumptions(const Verification& verification) {
  std::string text = fmt::format(
      "\nassumptions, each beside what happened\n"
      "  {:<16}{:>28}{:>24}{:>20}{:>14}\n"
      "  {:<16}{:>14}{:>14}{:>12}{:>12}{:>10}{:>10}{:>14}   {}\n",
      "", "---- walks ----", "-- cycles of a walk --", "- checks of it -", "cycles of", "",
      "assumed", "simulated", "assumed", "simulated", "assumed", "simul.", "segment hits",
      "native misses by segment");
  for (const ModeVerification& mode : verification.modes)
    text += assumption_row(mode, verification.config.mmu.latency);
  return text;
}

}  // namespace

std::string to_text(const Verification& verification) {
  return head(verification) + closed_form(verification) + measured(verification) +
         predictions(verification) + assumptions(verification) +
         (verification.has_misses()
              ? fmt::format("\nThe linear model {} within {:.3g} %.\n",
                            verification.holds() ? "holds" : "DOES NOT hold",
                            100 * verification.tolerance)
              : "\nNo native TLB miss: there is nothing that the linear model could be held "
                "against.\n");
}

}  // namespace nestwalk
