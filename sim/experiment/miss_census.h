// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "model/linear/miss_counts.h"
#include "model/walker/walk_observer.h"
#include "sim/config/mode.h"
#include "sim/experiment/would_be_segments.h"
#include "sim/software/system_software.h"

namespace nestwalk {

/// Classifies the misses of a native run by the segments that each mode would have.
class MissCensus : public WalkObserver {
 public:
  struct Misses {
    MissCounts kept;     ///< On pages that did not escape.
    MissCounts escaped;  ///< On those that did, or seem to have.
  };

  explicit MissCensus(WouldBeSegments segments);

  /// Before the run: the software side of the machine whose walks are counted.
  void attach(const SystemSoftware& software) { software_ = &software; }

  void on_step(const PageWalk& walk, const WalkStep& step) override;
  /// The region of interest begins.
  void start_over();

  const Misses& of(Mode mode) const { return misses_[static_cast<size_t>(mode)]; }
  /// Of all misses, those on 4K pages; 1 of none.
  double share_4k() const;

 private:
  void count(Mode mode, const Membership& membership);

  WouldBeSegments segments_;
  const SystemSoftware* software_ = nullptr;
  std::array<Misses, kModes.size()> misses_{};
  uint64_t walks_ = 0;
  uint64_t walks_4k_ = 0;
};

}  // namespace nestwalk
