// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "sim/config/words.h"
#include "sim/config/write.h"
#include "sim/report/verification.h"
#include "sim/version.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

Json shares(const ModeVerification& mode) {
  const MissCounts& misses = mode.misses;
  const auto share = [&misses](SegmentClass of) {
    return misses.total() == 0 ? Json(nullptr) : Json(misses.share(of));
  };
  if (mode.mode == Mode::kNativeDirect) return {{"ds", share(SegmentClass::kGuestOnly)}};
  return {{"dd", share(SegmentClass::kBoth)},
          {"vd", share(SegmentClass::kVmmOnly)},
          {"gd", share(SegmentClass::kGuestOnly)}};
}

Json because(const ErrorSplit& split, bool bad_pages) {
  Json json{{"miss_count", split.miss_count},
            {"walk_cost", split.walk_cost},
            {"check_cost", split.check_cost}};
  if (bad_pages) json["filter"] = split.filter;
  return json;
}

Json to_json(const VerifiedRun& run) {
  return {{"walks", run.walks.walks},
          {"walk_cycles", run.walks.cycles},
          {"segment_checks", run.walks.segment_checks},
          {"memory_references", run.walks.memory_references},
          {"segments_completed", run.segments_completed},
          {"stall_cycles", run.stall_cycles},
          {"cycles", run.cycles}};
}

Json to_json(const ModeVerification& mode, bool bad_pages) {
  Json json{{"f", shares(mode)},
            {"predicted_cycles", mode.prediction.cycles},
            {"simulated_cycles", mode.simulated.walks.cycles},
            {"error", nullptr},
            {"because", nullptr},
            {"holds", mode.holds},
            {"run", to_json(mode.simulated)}};
  if (mode.error) {
    json["error"] = mode.error->error();
    json["because"] = because(*mode.error, bad_pages);
  }
  return json;
}

/// Of walks that there were.
Json mean(double cycles, const VerifiedRun& run) {
  return run.walks.walks == 0 ? Json(nullptr) : Json(cycles);
}

/// Checks of a walk: a whole number, but for pages of several sizes.
Json whole_if_exact(double checks) {
  if (checks == std::floor(checks)) return static_cast<uint64_t>(checks);
  return checks;
}

}  // namespace

bool Verification::holds() const {
  return closed_form_holds() &&
         std::all_of(modes.begin(), modes.end(),
                     [](const ModeVerification& mode) { return mode.holds; });
}

Json to_json(const Verification& verification) {
  const LinearModelInput& input = verification.input;
  const bool bad_pages = verification.config.software.bad_pages != 0;
  Json json{{"c_n", mean(input.native_walk, verification.native)},
            {"c_v", mean(input.nested_walk, verification.base)},
            {"m_n", verification.native.walks.walks},
            {"delta_vd", whole_if_exact(input.vmm_direct_checks)},
            {"delta_gd", whole_if_exact(input.guest_direct_checks)}};
  Json& modes = json["modes"] = Json::object();
  for (const ModeVerification& mode : verification.modes)
    modes[std::string(to_string(mode.mode))] = to_json(mode, bad_pages);
  json["closed_form"] = {{"holds", verification.closed_form_holds()},
                         {"breaches", verification.closed_form_breaches}};
  json["tolerance"] = verification.tolerance;
  json["holds"] = verification.holds();
  json["nestwalk"] = {{"version", kVersion}};
  json["config"] = to_json(verification.config);
  json["native"] = to_json(verification.native);
  json["base-virtualized"] = to_json(verification.base);
  return json;
}

}  // namespace nestwalk
