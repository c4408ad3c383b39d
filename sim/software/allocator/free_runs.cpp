// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/free_runs.h"

#include <algorithm>

namespace nestwalk {

FreeRunStatistics free_runs(const BuddyAllocator& memory) {
  FreeRunStatistics result;
  const FrameSet& free = memory.free_set();
  for (FrameRun run = free.next_run(0); run.count != 0; run = free.next_run(run.end())) {
    ++result.runs;
    result.frames += run.count;
    result.largest = std::max(result.largest, run.count);
    const int order = std::min(63 - __builtin_clzll(run.count), BuddyAllocator::kMaxOrder);
    ++result.by_order[static_cast<size_t>(order)];
  }
  return result;
}

}  // namespace nestwalk
