// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "sim/software/allocator/buddy_allocator.h"
#include "sim/software/allocator/fragmentation.h"
#include "sim/software/allocator/frame_reserve.h"

namespace nestwalk {

/// The frames of guest memory as the guest OS sees them. Where it has several slots, the highest is
/// used first: that is what a VMM segment covers.
class GuestMemory {
 public:
  /// `slots`: what is memory at the start. The lowest frames of the highest are the kernel's, for
  /// tables: a sixteenth of all, at most 256 MiB. Of the rest `fragmentation` takes its share.
  GuestMemory(const std::vector<FrameRun>& slots, uint64_t most_frames,
              const FragmentationConfig& fragmentation, uint64_t seed);

  const BuddyAllocator& memory() const { return memory_; }

  std::optional<uint64_t> allocate(int order);
  /// As BuddyAllocator::find_run, in the highest slot or, if `below_too`, in any.
  std::optional<FrameRun> find_run(uint64_t count, uint64_t alignment, uint64_t phase,
                                   bool below_too) const;
  bool take(const FrameRun& run) { return memory_.take(run); }
  void give(const FrameRun& run) { memory_.add(run); }
  /// For a page table, from the kernel's frames as long as there are any.
  std::optional<uint64_t> allocate_table();
  void give_table(uint64_t frame);

  /// `reclaim` is asked for frames that can be done without, before memory counts as full. It
  /// returns whether it has given any back.
  void set_reclaim(std::function<bool()> reclaim) { reclaim_ = std::move(reclaim); }
  bool reclaim() { return reclaim_ && reclaim_(); }

  /// Takes up to `count` free frames wherever they are.
  std::vector<uint64_t> take_scattered(uint64_t count);
  /// Likewise; those of `last` only where there are no others.
  std::vector<uint64_t> take_scattered(uint64_t count, const FrameRun& last);
  void give_all(const std::vector<uint64_t>& frames);
  /// Frames that were taken and will not come back: they are memory no more.
  void surrender(const std::vector<uint64_t>& frames);

  /// The balloon keeps frames that were taken, until it is deflated: by up to `count`; returns
  /// which.
  void inflate(const std::vector<uint64_t>& frames);
  std::vector<uint64_t> deflate(uint64_t count);
  bool has_ballooned() const { return ballooned_.next(0) != FrameSet::kNone; }

  /// Takes all of a run, free or held by others who can be moved elsewhere, out of memory: hot
  /// unplug. The caller has moved its own pages away. False: something immovable is there, or
  /// there is no room. Returns by `moved` how many pages of others moved.
  bool unplug(const FrameRun& run, uint64_t& moved);

 private:
  uint64_t highest_slot_;  ///< Its first frame.
  BuddyAllocator memory_;
  FrameReserve kernel_;
  FrameSet immovable_;
  FrameSet ballooned_;
  std::function<bool()> reclaim_;
};

}  // namespace nestwalk
