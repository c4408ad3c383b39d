// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "model/context/translation_context.h"
#include "model/linear/error_split.h"
#include "model/walker/walk_observer.h"

namespace nestwalk {

/// Adds up the walks of a direct mode's run whose data page escaped a segment.
class EscapeCensus : public WalkObserver {
 public:
  /// `context`: the registers of the whole run, which must outlive this. `check`: cycles of one.
  EscapeCensus(const TranslationContext& context, double check)
      : context_(context), check_(check) {}

  void on_step(const PageWalk& walk, const WalkStep& step) override;
  /// The region of interest begins.
  void start_over() { escaped_ = {}; }

  const ObservedWalks& escaped() const { return escaped_; }

 private:
  bool has_escaped(const PageWalk& walk) const;

  const TranslationContext& context_;
  double check_;
  std::unordered_map<const PageWalk*, uint64_t> cycles_;  ///< Of each walk in flight, so far.
  ObservedWalks escaped_;
};

}  // namespace nestwalk
