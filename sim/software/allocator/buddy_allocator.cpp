// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/buddy_allocator.h"

namespace nestwalk {

BuddyAllocator::BuddyAllocator(uint64_t frames) : frames_(frames), free_(frames) {
  for (int order = 0; order <= kMaxOrder; ++order) blocks_.emplace_back((frames >> order) + 1);
}

void BuddyAllocator::add(const FrameRun& run) {
  free_.set(run);
  free_frames_ += run.count;
  put_run(run);
}

bool BuddyAllocator::take(const FrameRun& run) {
  if (run.end() > frames_ || free_.count(run) != run.count) return false;
  for (uint64_t at = run.first; at < run.end();) {
    const FrameRun block = remove_block_of(at);
    if (block.first < at) put_run({block.first, at - block.first});
    if (block.end() > run.end()) put_run({run.end(), block.end() - run.end()});
    at = block.end();
  }
  free_.reset(run);
  free_frames_ -= run.count;
  return true;
}

std::optional<uint64_t> BuddyAllocator::allocate(int order, uint64_t from) {
  for (int larger = order; larger <= kMaxOrder; ++larger) {
    const uint64_t block = blocks_[static_cast<size_t>(larger)].next(from >> larger);
    if (block == FrameSet::kNone) continue;
    const uint64_t first = block << larger;
    take({first, uint64_t{1} << order});
    return first;
  }
  return std::nullopt;
}

std::optional<FrameRun> BuddyAllocator::find_run(uint64_t count, uint64_t alignment, uint64_t phase,
                                                 uint64_t from) const {
  for (FrameRun run = free_.next_run(from); run.count != 0; run = free_.next_run(run.end())) {
    const uint64_t first = (run.first + alignment - 1 - phase) / alignment * alignment + phase;
    if (first < run.end() && run.end() - first >= count) return FrameRun{first, count};
  }
  return std::nullopt;
}

void BuddyAllocator::put_block(uint64_t first, int order) {
  for (; order < kMaxOrder; ++order) {
    FrameSet& blocks = blocks_[static_cast<size_t>(order)];
    const uint64_t buddy = (first >> order) ^ 1;
    if (!blocks.test(buddy)) break;
    blocks.reset(buddy);
    first &= ~(uint64_t{1} << order);
  }
  blocks_[static_cast<size_t>(order)].set(first >> order);
}

FrameRun BuddyAllocator::remove_block_of(uint64_t frame) {
  int order = 0;
  while (!has_block(frame >> order << order, order)) ++order;
  blocks_[static_cast<size_t>(order)].reset(frame >> order);
  return {frame >> order << order, uint64_t{1} << order};
}

void BuddyAllocator::put_run(const FrameRun& run) {
  for (uint64_t at = run.first; at < run.end();) {
    int order = at == 0 ? kMaxOrder : std::min(kMaxOrder, __builtin_ctzll(at));
    while (uint64_t{1} << order > run.end() - at) --order;
    put_block(at, order);
    at += uint64_t{1} << order;
  }
}

}  // namespace nestwalk
