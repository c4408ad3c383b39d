// SPDX-License-Identifier: Apache-2.0
#include "sim/software/guest/guest_memory.h"

#include <algorithm>

namespace nestwalk {
namespace {

constexpr uint64_t kMostKernelFrames = uint64_t{256} << 8;  ///< 256 MiB.

FrameRun kernel_run(const std::vector<FrameRun>& slots) {
  uint64_t frames = 0;
  for (const FrameRun& slot : slots) frames += slot.count;
  return {slots.back().first,
          std::min({kMostKernelFrames, (frames + 15) / 16, slots.back().count})};
}

}  // namespace

GuestMemory::GuestMemory(const std::vector<FrameRun>& slots, uint64_t most_frames,
                         const FragmentationConfig& fragmentation, uint64_t seed)
    : highest_slot_(slots.back().first),
      memory_(most_frames),
      kernel_(most_frames, kernel_run(slots)),
      immovable_(most_frames),
      ballooned_(most_frames) {
  for (FrameRun slot : slots) {
    if (kernel_.contains(slot.first))
      slot = {kernel_.run().end(), slot.count - kernel_.run().count};
    memory_.add(slot);
    fragment(memory_, slot, fragmentation, seed + slot.first, immovable_);
  }
}

std::optional<uint64_t> GuestMemory::allocate(int order) {
  if (const auto frame = memory_.allocate(order, highest_slot_)) return frame;
  return memory_.allocate(order);
}

std::optional<FrameRun> GuestMemory::find_run(uint64_t count, uint64_t alignment, uint64_t phase,
                                              bool below_too) const {
  return memory_.find_run(count, alignment, phase, below_too ? 0 : highest_slot_);
}

std::optional<uint64_t> GuestMemory::allocate_table() {
  if (const auto frame = kernel_.allocate()) return frame;
  const auto frame = allocate(0);
  if (frame) immovable_.set(*frame);
  return frame;
}

void GuestMemory::give_table(uint64_t frame) {
  if (kernel_.contains(frame)) return kernel_.give(frame);
  immovable_.reset(frame);
  memory_.add({frame, 1});
}

std::vector<uint64_t> GuestMemory::take_scattered(uint64_t count) {
  std::vector<uint64_t> frames;
  while (frames.size() < count) {
    const auto frame = allocate(0);
    if (!frame) break;
    frames.push_back(*frame);
  }
  return frames;
}

std::vector<uint64_t> GuestMemory::take_scattered(uint64_t count, const FrameRun& last) {
  std::vector<uint64_t> frames;
  const FrameSet& free = memory_.free_set();
  for (uint64_t frame = free.next(0); frame != FrameSet::kNone && frames.size() < count;
       frame = free.next(frame)) {
    if (last.contains(frame)) {
      frame = last.end();
      continue;
    }
    memory_.take({frame, 1});
    frames.push_back(frame);
  }
  const std::vector<uint64_t> rest = take_scattered(count - frames.size());
  frames.insert(frames.end(), rest.begin(), rest.end());
  return frames;
}

void GuestMemory::give_all(const std::vector<uint64_t>& frames) {
  for (const uint64_t frame : frames) memory_.add({frame, 1});
}

void GuestMemory::surrender(const std::vector<uint64_t>& frames) {
  for (const uint64_t frame : frames) immovable_.set(frame);
}

void GuestMemory::inflate(const std::vector<uint64_t>& frames) {
  for (const uint64_t frame : frames) ballooned_.set(frame);
}

std::vector<uint64_t> GuestMemory::deflate(uint64_t count) {
  std::vector<uint64_t> frames;
  for (uint64_t frame = ballooned_.next(0); frame != FrameSet::kNone && frames.size() < count;
       frame = ballooned_.next(frame + 1))
    frames.push_back(frame);
  for (const uint64_t frame : frames) ballooned_.reset(frame);
  give_all(frames);
  return frames;
}

bool GuestMemory::unplug(const FrameRun& run, uint64_t& moved) {
  moved = 0;
  if (immovable_.count(run) + ballooned_.count(run) != 0) return false;
  const FrameSet& free = memory_.free_set();
  const uint64_t free_inside = free.count(run);
  const uint64_t in_use = run.count - free_inside;
  if (in_use > memory_.free_frames() - free_inside) return false;
  for (FrameRun part = free.next_run(run.first); part.count != 0 && part.first < run.end();
       part = free.next_run(part.first))
    memory_.take({part.first, std::min(part.end(), run.end()) - part.first});
  for (; moved < in_use; ++moved) allocate(0);
  return true;
}

}  // namespace nestwalk
