// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/timing/memory_level.h"
#include "model/translation/translation.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// Counts by powers of two of cycles: bucket 0 holds 0, bucket b holds 2^(b-1) to 2^b - 1, the
/// last one what is more, too.
class CycleHistogram {
 public:
  static constexpr int kBuckets = 24;

  void add(uint64_t cycles) {
    int bucket = cycles == 0 ? 0 : 64 - __builtin_clzll(cycles);
    if (bucket >= kBuckets) bucket = kBuckets - 1;
    ++counts_[static_cast<size_t>(bucket)];
  }
  const std::array<uint64_t, kBuckets>& counts() const { return counts_; }
  CycleHistogram& operator+=(const CycleHistogram& other);

 private:
  std::array<uint64_t, kBuckets> counts_{};
};

/// What a page walker counts (spec 2.2, interface.md `walks`).
struct WalkStatistics {
  static constexpr int kGuestLevels = 6;   ///< 1 to 5, and 0 for the data gPA.
  static constexpr int kNestedLevels = 6;  ///< 1 to 5, and 0 for the guest entry itself.

  uint64_t walks = 0;
  uint64_t cycles = 0;  ///< That walkers were busy: the paper's metric.
  uint64_t memory_references = 0;
  uint64_t segment_checks = 0;
  uint64_t ad_updates = 0;
  uint64_t dirty_assists = 0;
  uint64_t merged = 0;  ///< Requests that waited for another's walk.
  uint64_t guest_faults = 0;
  uint64_t nested_faults = 0;
  std::array<uint64_t, kSegmentClasses> by_class{};
  std::array<uint64_t, kMemoryLevels> served_by{};
  std::array<uint64_t, kPageSizes> by_page_size{};  ///< Completed walks by the composed page size.
  /// Table reads by [guest level][nested level].
  std::array<std::array<uint64_t, kNestedLevels>, kGuestLevels> references{};
  CycleHistogram service;  ///< Cycles of a walk.
  CycleHistogram wait;     ///< Cycles from a request's arrival to the start of its walk.

  void count_served(MemoryLevel from, uint64_t reads = 1) {
    served_by[static_cast<size_t>(from)] += reads;
  }
  /// Counts a table read of a walk at these levels.
  void count_read(int guest_level, int nested_level) {
    ++references[static_cast<size_t>(guest_level)][static_cast<size_t>(nested_level)];
  }
  /// The same, before its entry is supplied.
  void count_read(const PageWalk& walk) { count_read(walk.guest_level(), walk.nested_level()); }
  /// Counts a walk at its end; of one that faulted the fault alone.
  void count(const PageWalk& walk);
  /// Counts the cycles of a walk that did not fault.
  void count_time(uint64_t taken) {
    cycles += taken;
    service.add(taken);
  }

  WalkStatistics& operator+=(const WalkStatistics& other);
};

inline void WalkStatistics::count(const PageWalk& walk) {
  if (const Fault& fault = walk.fault()) {
    const bool guest =
        fault.kind == FaultKind::kGuestPage || fault.kind == FaultKind::kNotCanonical;
    ++(guest ? guest_faults : nested_faults);
    return;
  }
  ++walks;
  memory_references += static_cast<uint64_t>(walk.memory_references());
  segment_checks += static_cast<uint64_t>(walk.segment_checks());
  ad_updates += static_cast<uint64_t>(walk.ad_updates());
  ++by_class[static_cast<size_t>(walk.segment_class())];
  ++by_page_size[static_cast<size_t>(walk.translation().size)];
}

}  // namespace nestwalk
