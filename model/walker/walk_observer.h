// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/timing/memory_level.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// One step of a walk as it happened.
struct WalkStep {
  PageWalk::Need need = PageWalk::Need::kDone;
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
