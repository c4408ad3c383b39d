// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>

#include "sim/software/allocator/buddy_allocator.h"

namespace nestwalk {

/// Frames that a kernel keeps for itself, for page tables above all, so that these do not lie
/// scattered among everybody's pages, which cannot then be made contiguous.
class FrameReserve {
 public:
  /// `run`: its frames; all numbers are below `frames`.
  FrameReserve(uint64_t frames, const FrameRun& run) : memory_(frames), run_(run) {
    memory_.add(run);
  }

  const FrameRun& run() const { return run_; }
  bool contains(uint64_t frame) const { return run_.contains(frame); }
  std::optional<uint64_t> allocate() { return memory_.allocate(0); }
  void give(uint64_t frame) { memory_.add({frame, 1}); }

 private:
  BuddyAllocator memory_;
  FrameRun run_;
};

}  // namespace nestwalk
