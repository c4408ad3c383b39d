// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/linear/error_split.h"
#include "model/linear/linear_model.h"
#include "model/linear/miss_counts.h"
#include "model/walker/walk_statistics.h"
#include "sim/config/config.h"

namespace nestwalk {

/// The modes that the linear model predicts.
inline constexpr std::array kPredictedModes{Mode::kNativeDirect, Mode::kDualDirect,
                                            Mode::kVmmDirect, Mode::kGuestDirect};

/// What of a cycle-level run the error is explained by.
struct VerifiedRun {
  uint64_t references = 0;
  uint64_t cycles = 0;
  uint64_t stall_cycles = 0;
  uint64_t segments_completed = 0;
  WalkStatistics walks;
};

/// One mode: what the linear model says of it, and what its cycle-level run found.
struct ModeVerification {
  Mode mode = Mode::kNative;
  MissCounts misses;  ///< The native ones, by the segments that this mode has.
  Prediction prediction;
  VerifiedRun simulated;
  /// None where next to nothing is predicted: below 1e-6 of C_v M_n.
  std::optional<ErrorSplit> error;
  bool holds = false;
};

struct Verification {
  Config config;  ///< Of the native run, resolved.
  double tolerance = 0;
  VerifiedRun native;
  VerifiedRun base;
  LinearModelInput input;
  std::vector<ModeVerification> modes;
  std::vector<std::string> closed_form_breaches;  ///< Of each mode that breaks them.

  /// Whether there was a miss that the model could be held against.
  bool has_misses() const { return native.walks.walks != 0; }
  bool closed_form_holds() const { return closed_form_breaches.empty(); }
  bool holds() const;
};

/// The form of `verify --json`: interface.md's fields in its order, then the rest.
nlohmann::ordered_json to_json(const Verification& verification);

/// A report for a person.
std::string to_text(const Verification& verification);

}  // namespace nestwalk
