// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/config/software_config.h"

namespace nestwalk {

/// How often an operation that a segment may limit was done: pages; live migrations as a whole.
struct LimitCounts {
  uint64_t done = 0;  ///< All that were done, whatever it took.
  uint64_t escaped =
      0;              ///< Pages that escaped for it; of a pair that is shared, one, both or none.
  uint64_t left = 0;  ///< Times that the segment was switched off for it.
  uint64_t refused = 0;

  LimitCounts& operator-=(const LimitCounts& other) {
    done -= other.done;
    escaped -= other.escaped;
    left -= other.left;
    refused -= other.refused;
    return *this;
  }
};

/// Something worth a line in the timeline.
struct SoftwareEvent {
  uint64_t reference = 0;  ///< Data references before it.
  std::string what;
};

/// What the software side has done, and what it took.
class Ledger {
 public:
  using Costs = std::array<Cycles, kOperations>;

  Ledger() = default;
  explicit Ledger(const Costs& costs) : costs_(costs) {}

  void charge(Operation operation, uint64_t times = 1) {
    counts_[index(operation)] += times;
    cycles_ += times * costs_[index(operation)];
  }
  uint64_t count(Operation operation) const { return counts_[index(operation)]; }
  uint64_t cycles(Operation operation) const {
    return counts_[index(operation)] * costs_[index(operation)];
  }
  uint64_t cycles() const { return cycles_; }

  LimitCounts& limited(LimitedOperation operation) {
    return limited_[static_cast<size_t>(operation)];
  }
  const LimitCounts& limited(LimitedOperation operation) const {
    return limited_[static_cast<size_t>(operation)];
  }

  /// Takes off what another ledger, of the same side at an earlier time, had counted; events stay.
  void take_off(const Ledger& earlier) {
    for (size_t i = 0; i < kOperations; ++i) counts_[i] -= earlier.counts_[i];
    for (size_t i = 0; i < kLimitedOperations; ++i) limited_[i] -= earlier.limited_[i];
    cycles_ -= earlier.cycles_;
  }

  /// Where the run stands, for the events.
  void set_reference(uint64_t reference) { reference_ = reference; }
  void note(std::string what) { events_.push_back({reference_, std::move(what)}); }
  const std::vector<SoftwareEvent>& events() const { return events_; }

 private:
  static size_t index(Operation operation) { return static_cast<size_t>(operation); }

  Costs costs_{};
  std::array<uint64_t, kOperations> counts_{};
  std::array<LimitCounts, kLimitedOperations> limited_{};
  uint64_t cycles_ = 0;
  uint64_t reference_ = 0;
  std::vector<SoftwareEvent> events_;
};

}  // namespace nestwalk
