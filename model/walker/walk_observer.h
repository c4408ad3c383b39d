// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/timing/memory_level.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// What a look-up or a check of a walk found.
enum class LookUpResult : uint8_t {
  kNone,     ///< The step is neither.
  kMiss,     ///< A check: outside the segment.
  kHit,      ///< A check: the segment translates.
  kDenied,   ///< A nested TLB's entry lacks the rights, or D, that the access needs.
  kEscaped,  ///< Inside the segment, but the escape filter has the page.
};

/// One step of a walk as it happened.
struct WalkStep {
  PageWalk::Need need = PageWalk::Need::kDone;
  LookUpResult found = LookUpResult::kNone;
  uint64_t cycles = 0;                           ///< That it took.
  MemoryLevel served_by = MemoryLevel::kMemory;  ///< Of a kRead.
  uint64_t entry = 0;                            ///< Of a kRead.
};

/// Watches walks, for `explain` and for tests. Unwatched walks pay one comparison a step.
class WalkObserver {
 public:
  virtual ~WalkObserver() = default;
  /// `walk` stands where the step left it, before it goes on.
  virtual void on_step(const PageWalk& walk, const WalkStep& step) = 0;
};

}  // namespace nestwalk
