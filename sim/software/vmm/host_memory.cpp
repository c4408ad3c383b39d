// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/host_memory.h"

#include "sim/software/frame_numbers.h"

namespace nestwalk {
namespace {

constexpr int kVpidShift = 48;
constexpr uint64_t kReserveShare = 64;

}  // namespace

HostMemory::HostMemory(const FrameRun& part, const FragmentationConfig& fragmentation,
                       uint64_t seed, FrameContents& contents)
    : part_(part),
      contents_(contents),
      memory_(part.end()),
      reserve_(part.end(), {part.first, part.count / kReserveShare}),
      immovable_(part.end()),
      retired_(part.end()) {
  const FrameRun rest{reserve_.run().end(), part.end() - reserve_.run().end()};
  immovable_.set(reserve_.run());
  memory_.add(rest);
  fragment(memory_, rest, fragmentation, seed, immovable_);
}

std::optional<uint64_t> HostMemory::allocate(int order) {
  const auto first = memory_.allocate(order);
  if (!first) return std::nullopt;
  contents_.erase({*first, uint64_t{1} << order});
  return first;
}

std::optional<uint64_t> HostMemory::allocate_pinned() {
  auto frame = reserve_.allocate();
  if (!frame) frame = memory_.allocate(0);
  if (!frame) return std::nullopt;
  immovable_.set(*frame);
  contents_.erase(*frame);
  return frame;
}

void HostMemory::give_pinned(uint64_t frame) {
  if (reserve_.contains(frame)) return reserve_.give(frame);
  immovable_.reset(frame);
  memory_.add({frame, 1});
}

bool HostMemory::take(const FrameRun& run) {
  if (!memory_.take(run)) return false;
  contents_.erase(run);
  return true;
}

std::optional<FrameRun> HostMemory::take_block(uint64_t count) {
  for (const PageSize alignment : {PageSize::k1G, PageSize::k2M, PageSize::k4K}) {
    const auto run = memory_.find_run(count, frames_of(alignment));
    if (run && take(*run)) return run;
  }
  return std::nullopt;
}

void HostMemory::give(const FrameRun& run) {
  memory_.add(run);
}

std::optional<uint64_t> HostMemory::allocate_outside(const FrameRun& run) {
  const FrameSet& free = memory_.free_set();
  uint64_t frame = free.next(0);
  if (frame != FrameSet::kNone && run.contains(frame)) frame = free.next(run.end());
  if (frame == FrameSet::kNone) return std::nullopt;
  take({frame, 1});
  return frame;
}

void HostMemory::set_owner(uint64_t frame, const FrameOwner& owner) {
  owners_[chunk(frame)].words[place(frame)] =
      static_cast<uint64_t>(owner.vpid) << kVpidShift | (owner.frame + 1);
}

std::optional<FrameOwner> HostMemory::owner(uint64_t frame) const {
  const Owners* const known = owners_.find(chunk(frame));
  const uint64_t word = known == nullptr ? 0 : known->words[place(frame)];
  if (word == 0) return std::nullopt;
  return FrameOwner{static_cast<Vpid>(word >> kVpidShift),
                    (word & ((uint64_t{1} << kVpidShift) - 1)) - 1};
}

void HostMemory::retire(uint64_t frame) {
  retired_.set(frame);
  immovable_.set(frame);
  clear_owner(frame);
}

bool HostMemory::unshare(uint64_t frame) {
  const auto known = sharers_.find(frame);
  if (known == sharers_.end()) return true;
  if (--known->second != 0) return false;
  sharers_.erase(known);
  return true;
}

bool HostMemory::can_be_cleared(const FrameRun& run, uint64_t in_place,
                                uint64_t most_retired) const {
  const FrameRun rest{run.first + in_place, run.count - in_place};
  if (run.first < part_.first || run.end() > part_.end()) return false;
  const uint64_t retired = retired_.count(rest);
  if (immovable_.count(rest) != retired || retired > most_retired) return false;
  const uint64_t free_inside = memory_.free_set().count(rest);
  const uint64_t in_use = rest.count - free_inside - retired;
  return in_use <= memory_.free_frames() - free_inside;
}

std::optional<FrameRun> HostMemory::find_window(uint64_t count,
                                                std::optional<uint64_t> preferred_first,
                                                uint64_t in_place, uint64_t most_retired) const {
  if (preferred_first && can_be_cleared({*preferred_first, count}, in_place, most_retired))
    return FrameRun{*preferred_first, count};
  const uint64_t first_step = (part_.first + kWindowStep - 1) / kWindowStep;
  const uint64_t steps = (count + kWindowStep - 1) / kWindowStep;
  const uint64_t last_step = part_.end() / kWindowStep;
  uint64_t free = 0;
  uint64_t blocked = 0;
  uint64_t most_free = 0;
  std::optional<FrameRun> best;
  const auto run_of = [](uint64_t step) { return FrameRun{step * kWindowStep, kWindowStep}; };
  const auto blocked_in = [&](const FrameRun& run) {
    return immovable_.count(run) - retired_.count(run);
  };
  for (uint64_t step = first_step; step < last_step; ++step) {
    free += memory_.free_set().count(run_of(step));
    blocked += blocked_in(run_of(step));
    if (step + 1 < first_step + steps) continue;
    const uint64_t first = step + 1 - steps;
    const FrameRun window{first * kWindowStep, count};
    if (blocked == 0 && (!best || free > most_free) && can_be_cleared(window, 0, most_retired)) {
      best = window;
      most_free = free;
    }
    free -= memory_.free_set().count(run_of(first));
    blocked -= blocked_in(run_of(first));
  }
  return best;
}

}  // namespace nestwalk
