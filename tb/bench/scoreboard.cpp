// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/scoreboard.h"

#include <fmt/format.h>

namespace nestwalk::bench {
namespace {

std::string text(const Request& request) {
  return fmt::format("op {} level {} word {} operand {:#x} (id {})", static_cast<int>(request.op),
                     static_cast<int>(request.level), request.word, request.operand, request.id);
}

std::string text(const Answer& answer) {
  return fmt::format("id {} maps {} inside {} escaped {} page {:#x}", answer.id,
                     static_cast<int>(answer.maps), answer.inside, answer.escaped, answer.page);
}

bool agree(const Answer& found, const ReferenceModel::Expected& expected) {
  const Answer& wanted = expected.answer;
  if (found.id != wanted.id) return false;
  if (expected.page_known && found.page != wanted.page) return false;
  return !expected.verdict_known || (found.maps == wanted.maps && found.inside == wanted.inside &&
                                     found.escaped == wanted.escaped);
}

}  // namespace

void Scoreboard::request(const Request& request, bool back_to_back) {
  ++statistics_.requests;
  coverage_.request(request, reference_, back_to_back, expected_.size());
  expected_.push_back(reference_.accept(request));
}

void Scoreboard::answer(const Answer& answer, uint32_t waited) {
  ++statistics_.answers;
  if (expected_.empty()) return complain("an answer to no request: " + text(answer));
  const ReferenceModel::Expected expected = expected_.front();
  expected_.pop_front();
  coverage_.answer(expected.request, waited);
  if (!agree(answer, expected))
    complain(fmt::format("{}: {}, expected {}", text(expected.request), text(answer),
                         text(expected.answer)));
}

void Scoreboard::reset() {
  const bool at_power_on = statistics_.resets++ == 0;
  statistics_.lost_to_resets += expected_.size();
  if (!at_power_on)
    coverage_.reset(expected_.size(), expected_.empty() ? nullptr : &expected_.back().request);
  reference_.reset();
  for (const ReferenceModel::Expected& lost : expected_) reference_.forget(lost.request);
  expected_.clear();
}

void Scoreboard::finish() {
  for (const ReferenceModel::Expected& expected : expected_)
    complain("no answer to " + text(expected.request));
  expected_.clear();
}

void Scoreboard::complain(const std::string& what) {
  ++statistics_.mismatches;
  if (complaints_.size() < kComplaints) complaints_.push_back(what);
}

}  // namespace nestwalk::bench
