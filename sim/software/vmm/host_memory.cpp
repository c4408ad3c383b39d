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
  if (frame == FrameSet::kNone) return std::nullopt;
  if (run.contains(frame)) {
    const uint64_t behind = free.next(run.end());
    if (behind != FrameSet::kNone) frame = behind;
  }
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

bool HostMemory::can_be_filled(const FrameRun& run, uint64_t fresh, uint64_t most_retired) const {
  if (run.first < part_.first || run.end() > part_.end()) return false;
  const uint64_t retired = retired_.count(run);
  if (immovable_.count(run) != retired || retired > most_retired) return false;
  return has_room_for(run.count, run.count - memory_.free_set().count(run) - retired, fresh);
}

bool HostMemory::has_room_for(uint64_t count, uint64_t in_use, uint64_t fresh) const {
  const bool needs_one_more = in_use != 0 && fresh != count;
  return fresh + (needs_one_more ? 1 : 0) <= memory_.free_frames();
}

std::optional<FrameRun> HostMemory::find_window(uint64_t count,
                                                std::optional<uint64_t> preferred_first,
                                                uint64_t in_place, uint64_t fresh,
                                                uint64_t most_retired) const {
  if (preferred_first &&
      can_be_filled({*preferred_first + in_place, count - in_place}, fresh, most_retired))
    return FrameRun{*preferred_first, count};
  const uint64_t first_step = (part_.first + kWindowStep - 1) / kWindowStep;
  const uint64_t steps = (count + kWindowStep - 1) / kWindowStep;
  const uint64_t last_step = part_.end() / kWindowStep;
  // Of the steps that a window is in, the last of which may reach past it.
  uint64_t free = 0;
  uint64_t immovable = 0;
  uint64_t retired = 0;
  uint64_t most_free = 0;
  std::optional<FrameRun> best;
  const auto run_of = [](uint64_t step) { return FrameRun{step * kWindowStep, kWindowStep}; };
  const FrameSet& free_set = memory_.free_set();
  for (uint64_t step = first_step; step < last_step; ++step) {
    free += free_set.count(run_of(step));
    immovable += immovable_.count(run_of(step));
    retired += retired_.count(run_of(step));
    if (step + 1 < first_step + steps) continue;
    const uint64_t first = step + 1 - steps;
    const FrameRun window{first * kWindowStep, count};
    if (immovable == retired && (!best || free > most_free)) {
      const FrameRun past{window.end(), run_of(step).end() - window.end()};
      const uint64_t retired_inside = retired - retired_.count(past);
      if (retired_inside <= most_retired &&
          has_room_for(count, count - (free - free_set.count(past)) - retired_inside, fresh)) {
        best = window;
        most_free = free;
      }
    }
    free -= free_set.count(run_of(first));
    immovable -= immovable_.count(run_of(first));
    retired -= retired_.count(run_of(first));
  }
  return best;
}

}  // namespace nestwalk
