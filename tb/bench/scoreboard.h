// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tb/bench/reference_model.h"
#include "tb/bench/stage_coverage.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// Compares what the monitor saw with the reference model, in order.
class Scoreboard {
 public:
  struct Statistics {
    uint64_t requests = 0;
    uint64_t answers = 0;
    uint64_t lost_to_resets = 0;  ///< Accepted, not yet answered at a reset.
    uint64_t resets = 0;
    uint64_t mismatches = 0;
  };

  /// `cycle`: what it is now.
  Scoreboard(const Parameters& parameters, std::function<uint64_t()> cycle)
      : reference_(parameters), coverage_(parameters), cycle_(std::move(cycle)) {}

  void request(const Request& request, bool back_to_back);
  void answer(const Answer& answer, uint32_t waited);
  void reset();
  void request_in_reset(const Request& request) { reference_.forget(request); }
  void breach(const char* what) { complain(what, reference_.registers()); }
  /// Nothing more comes: whatever is still expected is a mismatch.
  void finish();

  const Statistics& statistics() const { return statistics_; }
  const StageCoverage& coverage() const { return coverage_; }
  /// The first few.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  static constexpr size_t kComplaints = 10;

  /// Accepted and not yet answered.
  struct Owed {
    ReferenceModel::Expected expected;
    uint64_t number = 0;  ///< Of the request, from 1.
    uint64_t cycle = 0;   ///< In which it was accepted.
  };

  void complain(const std::string& what, const ReferenceModel::Registers& registers);
  static std::string text(const Owed& owed);

  ReferenceModel reference_;
  StageCoverage coverage_;
  std::function<uint64_t()> cycle_;
  std::deque<Owed> owed_;
  Statistics statistics_;
  std::vector<std::string> complaints_;
};

}  // namespace nestwalk::bench
