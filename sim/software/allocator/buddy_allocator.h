// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/software/allocator/frame_set.h"

namespace nestwalk {

/// A buddy allocator of 4K frames: free blocks of 2^order frames, aligned to their size, orders 0
/// to 18 (1 GiB). Of blocks that fit equally well the lowest is taken, so that the same calls
/// always give the same frames. Who holds a frame is the caller's business.
class BuddyAllocator {
 public:
  static constexpr int kMaxOrder = 18;

  /// `frames`: numbers are below that. At first none is free: `add` gives them.
  explicit BuddyAllocator(uint64_t frames);

  /// Frames that become part of the memory, or are given back: free from here. They must not be
  /// free already.
  void add(const FrameRun& run);
  /// Makes the frames of a run, all of them free, not free. Returns false, and does nothing, if
  /// one is not.
  bool take(const FrameRun& run);

  /// A block of 2^order frames, from the smallest block that holds one, of those from frame `from`
  /// on; it is a multiple of the largest block.
  std::optional<uint64_t> allocate(int order, uint64_t from = 0);
  /// The lowest run of `count` free frames that starts at a multiple of `alignment` frames, or
  /// `phase` frames behind one; from frame `from` on.
  std::optional<FrameRun> find_run(uint64_t count, uint64_t alignment, uint64_t phase = 0,
                                   uint64_t from = 0) const;

  bool is_free(uint64_t frame) const { return free_.test(frame); }
  uint64_t free_frames() const { return free_frames_; }
  /// All free frames, for those who look at runs.
  const FrameSet& free_set() const { return free_; }
  /// Whether the block, aligned, of 2^order frames is kept as one free block.
  bool has_block(uint64_t first, int order) const {
    return blocks_[static_cast<size_t>(order)].test(first >> order);
  }

 private:
  void put_block(uint64_t first, int order);
  /// Removes the free block that holds `frame`.
  FrameRun remove_block_of(uint64_t frame);
  void put_run(const FrameRun& run);

  uint64_t frames_;
  uint64_t free_frames_ = 0;
  FrameSet free_;
  std::vector<FrameSet> blocks_;  ///< By order: first frame of each free block >> order.
};

}  // namespace nestwalk
