// SPDX-License-Identifier: Apache-2.0
#include "sim/software/guest/io_gap.h"

namespace nestwalk {
namespace {

constexpr uint64_t kKeptFrames = uint64_t{256} << 8;  ///< 256 MiB.

}  // namespace

FrameRun reclaimable_below_gap(const VirtualMachine& vm) {
  const FrameRun& lowest = vm.slots().front();
  if (vm.slots().size() < 2 || lowest.count <= kKeptFrames) return {};
  return {lowest.first + kKeptFrames, lowest.count - kKeptFrames};
}

bool reclaim_io_gap(VirtualMachine& vm, GuestMemory& memory,
                    const std::vector<GuestProcess*>& processes, Ledger& ledger) {
  const FrameRun below = reclaimable_below_gap(vm);
  if (below.count == 0) return false;
  for (GuestProcess* const process : processes)
    if (process->has_frames_in(below) || !process->move_out_of(below)) return false;
  uint64_t moved = 0;
  if (!memory.unplug(below, moved)) return false;
  ledger.charge(Operation::kPageCopy, moved);
  const auto above = vm.hot_add(below.count);
  if (!above) {
    memory.give(below);
    return false;
  }
  vm.hot_remove(below);
  memory.give(*above);
  return true;
}

}  // namespace nestwalk
