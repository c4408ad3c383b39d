// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/escape_census.h"

#include "model/segment/segment_comparator.h"

namespace nestwalk {

void EscapeCensus::on_step(const PageWalk& walk, const WalkStep& step) {
  uint64_t& cycles = cycles_[&walk];
  cycles += step.cycles;
  if (step.need != PageWalk::Need::kDone) return;
  if (!walk.fault() && has_escaped(walk)) {
    escaped_.walks += 1;
    escaped_.cycles += static_cast<double>(cycles);
    escaped_.check_cycles += static_cast<double>(walk.segment_checks()) * check_;
  }
  cycles_.erase(&walk);
}

bool EscapeCensus::has_escaped(const PageWalk& walk) const {
  if (compare(context_.guest_segment, context_.guest_filter, walk.virtual_address(), PageSize::k4K)
          .escaped)
    return true;
  return context_.virtualized &&
         compare(context_.vmm_segment, context_.vmm_filter, walk.physical_address(), PageSize::k4K)
             .escaped;
}

}  // namespace nestwalk
