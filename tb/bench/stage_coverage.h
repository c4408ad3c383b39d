// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "tb/bench/cover_group.h"
#include "tb/bench/reference_model.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// The cover groups of doc/testplan.md, sampled from what the monitor saw.
class StageCoverage {
 public:
  explicit StageCoverage(const Parameters& parameters);

  /// Before the reference takes the request; `in_flight` are those accepted and not answered.
  void request(const Request& request, const ReferenceModel& reference, bool back_to_back,
               size_t in_flight);
  void answer(const Request& request, uint32_t waited);
  /// `youngest`: of those in flight, if there is one.
  void reset(size_t in_flight, const Request* youngest);

  nlohmann::ordered_json to_json() const;

 private:
  /// Bins that no stimulus reaches, by the parameters or by what they mean.
  void rule_out_unreachable();
  /// Bins of save and restore, for a design that has no words.
  void rule_out_words();

  void look_up(const Request& request, const ReferenceModel& reference);
  void level_asked(Level level, uint64_t page, const ReferenceLevel& reference);
  /// The class of what went right before; an operation at the other level has one of its own.
  size_t before_at(Level level) const;
  void hazard(const Request& request, const ReferenceModel& reference);
  bool has_changed(uint64_t page, const ReferenceLevel::Registers& now) const;
  void words(const Request& request, const ReferenceModel& reference);

  Parameters parameters_;
  std::optional<Request> before_;          ///< Accepted the cycle before.
  ReferenceLevel::Registers overwritten_;  ///< Its level's, as it met them.

  CoverGroup operation_;
  CoverGroup look_up_;
  CoverGroup fill_;
  CoverGroup complete_;
  CoverGroup sum_;
  CoverGroup pair_;
  CoverGroup hazard_;
  CoverGroup word_;
  CoverGroup in_flight_;
  CoverGroup waited_;
  CoverGroup reset_;
};

}  // namespace nestwalk::bench
