// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/walker/walk_observer.h"

namespace nestwalk {

/// Keeps the steps of the walks it watches.
class WalkRecorder : public WalkObserver {
 public:
  struct Step {
    PageWalk::Need need;
    int guest_level;   ///< 5 to 1; 0: the data gPA.
    int nested_level;  ///< 5 to 1; 0: the guest entry itself.
    HostPhysical address;
    uint64_t entry;
    uint64_t cycles;
    MemoryLevel served_by;
  };

  void on_step(const PageWalk& walk, const WalkStep& step) override {
    steps_.push_back({step.need, walk.guest_level(), walk.nested_level(), walk.host_address(),
                      step.entry, step.cycles, step.served_by});
  }
  const std::vector<Step>& steps() const { return steps_; }
  void clear() { steps_.clear(); }

 private:
  std::vector<Step> steps_;
};

/// What a look-up of a walk is called; nullptr for a step that is none.
const char* look_up_name(PageWalk::Need need);

/// One walk as people draw it: a row a guest level and one for the data, a column a nested level
/// and one for the guest entry; each cell with the entry's address, the level of cache that it came
/// from and its cycles; beside them what a row's look-ups cost before a table was read.
std::string draw_walk(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                      int nested_levels);

}  // namespace nestwalk
