// SPDX-License-Identifier: Apache-2.0
#include "sim/software/guest/self_ballooning.h"

#include <algorithm>
#include <utility>

namespace nestwalk {

SelfBallooning::Progress SelfBallooning::step(uint64_t pages) {
  if (memory_.memory().free_frames() < pages_ - pinned_.size()) {
    give_up();
    return Progress::kNoFreeMemory;
  }
  const uint64_t wanted = std::min(pages, pages_ - pinned_.size());
  const std::vector<uint64_t> more = memory_.take_scattered(wanted);
  pinned_.insert(pinned_.end(), more.begin(), more.end());
  ledger_.charge(Operation::kBalloonPage, more.size());
  if (pinned_.size() < pages_) return Progress::kGoesOn;
  const auto added = vm_.hot_add(pages_);
  if (!added) {
    give_up();
    return Progress::kNoAddresses;
  }
  for (const uint64_t frame : pinned_)
    if (!vm_.block() || !vm_.block()->pages.contains(frame)) vm_.release(frame);
  memory_.surrender(pinned_);
  memory_.give(*added);
  return Progress::kDone;
}

uint64_t SelfBallooning::give_up() {
  const std::vector<uint64_t> pinned = std::exchange(pinned_, {});
  memory_.give_all(pinned);
  ledger_.charge(Operation::kBalloonPage, pinned.size());
  return pinned.size();
}

}  // namespace nestwalk
