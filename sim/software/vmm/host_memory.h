// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "model/address/address.h"
#include "model/address/space_id.h"
#include "sim/software/allocator/buddy_allocator.h"
#include "sim/software/allocator/fragmentation.h"
#include "sim/software/allocator/frame_reserve.h"
#include "sim/software/chunk_map.h"
#include "sim/software/frame_contents.h"

namespace nestwalk {

/// The page of a VM that a host frame backs.
struct FrameOwner {
  Vpid vpid{0};
  uint64_t frame = 0;  ///< Of guest memory.
};

/// The frames of one host: which are free, which can be moved, and whom they back. Numbers are
/// host frame numbers of the whole simulated memory, of which a host has a part.
class HostMemory {
 public:
  /// A 64th of `part`, the lowest frames, is the VMM's own; the rest is free but for what
  /// `fragmentation` takes. `contents` must outlive this.
  HostMemory(const FrameRun& part, const FragmentationConfig& fragmentation, uint64_t seed,
             FrameContents& contents);

  const FrameRun& part() const { return part_; }
  const BuddyAllocator& memory() const { return memory_; }
  FrameContents& contents() { return contents_; }

  /// A block of 2^order frames of zeros.
  std::optional<uint64_t> allocate(int order);
  /// A frame of zeros that stays where it is: the VMM's own, as long as there are any.
  std::optional<uint64_t> allocate_pinned();
  void give_pinned(uint64_t frame);
  /// Takes a run, all of it free; the frames are zeros. False: one is in use.
  bool take(const FrameRun& run);
  /// The same of the lowest run of `count` free frames that is as aligned as the largest page, so
  /// that any page size fits into it; else as a smaller one. Unset: there is none.
  std::optional<FrameRun> take_block(uint64_t count);
  void give(const FrameRun& run);
  /// One free frame outside a run; if none is there, one in it.
  std::optional<uint64_t> allocate_outside(const FrameRun& run);

  void set_owner(uint64_t frame, const FrameOwner& owner);
  void clear_owner(uint64_t frame) { owners_[chunk(frame)].words[place(frame)] = 0; }
  std::optional<FrameOwner> owner(uint64_t frame) const;

  /// In use, and nobody may move it: tables, reserved blocks, shared frames, those of `fragment`.
  void pin(const FrameRun& run) { immovable_.set(run); }
  void unpin(const FrameRun& run) { immovable_.reset(run); }
  bool is_immovable(uint64_t frame) const { return immovable_.test(frame); }

  /// Frames with a hard fault are never used again.
  void retire(uint64_t frame);
  bool is_retired(uint64_t frame) const { return retired_.test(frame); }
  uint64_t retired_in(const FrameRun& run) const { return retired_.count(run); }

  /// Several pages in one frame, all with the same contents. `share` returns how many there are.
  uint64_t share(uint64_t frame) { return ++sharers_[frame]; }
  /// One page fewer; true if nobody uses the frame any more.
  bool unshare(uint64_t frame);

  /// Where `count` frames could be made contiguous by moving what can be moved: the aligned run
  /// that holds the fewest frames in use, the lowest of those. `preferred_first` is taken if it can
  /// be. `fresh` of what will be there has no frame of its own yet. None: something immovable is
  /// everywhere, or too few frames are free.
  std::optional<FrameRun> find_window(uint64_t count, std::optional<uint64_t> preferred_first,
                                      uint64_t in_place, uint64_t fresh,
                                      uint64_t most_retired) const;

 private:
  /// Granularity of windows: 2 MiB.
  static constexpr uint64_t kWindowStep = 512;
  static constexpr uint64_t kChunkFrames = uint64_t{1} << 18;

  struct Owners {
    uint64_t words[kChunkFrames];
  };

  static uint64_t chunk(uint64_t frame) { return frame / kChunkFrames; }
  static uint64_t place(uint64_t frame) { return frame % kChunkFrames; }
  bool can_be_filled(const FrameRun& run, uint64_t fresh, uint64_t most_retired) const;
  /// Whether pages can be brought to `count` frames, `in_use` of which hold others, one by one:
  /// what is in the way of one goes to a free frame, and the one that moves leaves a free frame.
  bool has_room_for(uint64_t count, uint64_t in_use, uint64_t fresh) const;

  FrameRun part_;
  FrameContents& contents_;
  BuddyAllocator memory_;
  FrameReserve reserve_;
  FrameSet immovable_;
  FrameSet retired_;
  ChunkMap<Owners> owners_;
  std::unordered_map<uint64_t, uint64_t> sharers_;
};

}  // namespace nestwalk
