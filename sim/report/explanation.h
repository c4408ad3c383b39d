// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/address/address.h"
#include "model/paging/access.h"
#include "model/tlm/translation_extension.h"
#include "model/translation/translation.h"
#include "sim/config/mode.h"
#include "sim/report/walk_recorder.h"
#include "sim/software/fault_counts.h"

namespace nestwalk {

/// One translation after a stream has run: who answered it, and the page walk that this took, or
/// that a TLB spared.
struct Explanation {
  GuestVirtual address{};
  AccessKind access = AccessKind::kRead;
  Mode mode = Mode::kNative;  ///< In force.
  Mode configured_mode = Mode::kNative;
  uint64_t references = 0;  ///< Data references that had run.
  FaultCounts faults;       ///< That were served before this access could be translated.

  TranslationSource source = TranslationSource::kL1Tlb;
  uint64_t cycles = 0;  ///< Past an L1 TLB hit.
  Translation translation;

  /// A TLB answered, and segments would have completed the miss, in so many cycles: no walk.
  bool segments_would_complete = false;
  uint64_t segment_completion = 0;

  std::vector<WalkRecorder::Step> steps;  ///< Of the walk; empty: there is none to show.
  uint64_t l2_tlb_cycles = 0;             ///< Of the look-up before a walk that was made.
  int guest_levels = 0;
  int nested_levels = 0;  ///< 0: natively.

  bool has_walk() const { return !steps.empty(); }
  /// Whether the walk is one that a TLB spared.
  bool was_spared() const { return has_walk() && source != TranslationSource::kWalk; }
};

/// What each part of a walk took, in cycles.
struct WalkTotals {
  uint64_t reads = 0;  ///< Table entries read.
  uint64_t read_cycles = 0;
  uint64_t look_up_cycles = 0;  ///< Of structure caches, nested TLB and segment checks.
  uint64_t update_cycles = 0;   ///< Of A and D.
  uint64_t cycles = 0;          ///< All, the L2 TLB's look-up included.
};
WalkTotals totals(const Explanation& explanation);

/// For a person: guest levels down, nested levels across.
std::string to_text(const Explanation& explanation);
/// The walk as a picture. There must be one.
std::string to_svg(const Explanation& explanation);
/// The form of `explain --json` (doc/page-walk.md).
nlohmann::ordered_json to_json(const Explanation& explanation);

}  // namespace nestwalk
