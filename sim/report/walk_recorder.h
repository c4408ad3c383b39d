// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/walker/walk_observer.h"

namespace nestwalk {

/// Keeps the steps of the walks it watches.
class WalkRecorder : public WalkObserver {
 public:
  struct Step {
    PageWalk::Need need;
    int guest_level;       ///< 5 to 1; 0: the data gPA.
    int nested_level;      ///< 5 to 1; 0: the guest entry itself.
    HostPhysical address;  ///< Of the entry that is read or marked.
    uint64_t entry;        ///< As it was read.
    uint64_t cycles;
    MemoryLevel served_by;  ///< Of a kRead.
    LookUpResult found = LookUpResult::kNone;
    uint64_t bits = 0;  ///< That a kSetBits set.
  };

  void on_step(const PageWalk& walk, const WalkStep& step) override {
    steps_.push_back({step.need, walk.guest_level(), walk.nested_level(), walk.host_address(),
                      step.entry, step.cycles, step.served_by, step.found, walk.bits()});
  }
  const std::vector<Step>& steps() const { return steps_; }
  void clear() { steps_.clear(); }

 private:
  std::vector<Step> steps_;
};

}  // namespace nestwalk
