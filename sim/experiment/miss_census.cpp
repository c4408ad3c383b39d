// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/miss_census.h"

#include <utility>

namespace nestwalk {

MissCensus::MissCensus(WouldBeSegments segments) : segments_(std::move(segments)) {}

void MissCensus::on_step(const PageWalk& walk, const WalkStep& step) {
  if (step.need != PageWalk::Need::kDone || walk.fault()) return;
  const GuestVirtual address = walk.virtual_address();
  const HostPhysical place =
      software_->without_bad_pages(walk.translation().address.align_down(PageSize::k4K));
  ++walks_;
  const PageSize page = software_->page_without_bad_pages(address, walk.translation().guest_page);
  if (page == PageSize::k4K) ++walks_4k_;
  count(Mode::kNativeDirect, segments_.in_native_direct(address));
  count(Mode::kDualDirect, segments_.in_dual_direct(address, place));
  count(Mode::kVmmDirect, segments_.in_vmm_direct(address, place));
  count(Mode::kGuestDirect, segments_.in_guest_direct(address));
}

void MissCensus::start_over() {
  misses_ = {};
  walks_ = walks_4k_ = 0;
}

double MissCensus::share_4k() const {
  return walks_ == 0 ? 1 : static_cast<double>(walks_4k_) / static_cast<double>(walks_);
}

void MissCensus::count(Mode mode, const Membership& membership) {
  Misses& misses = misses_[static_cast<size_t>(mode)];
  MissCounts& counts = membership.escaped ? misses.escaped : misses.kept;
  ++counts.of[static_cast<size_t>(membership.segments)];
}

}  // namespace nestwalk
