// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/scoreboard.h"

#include <fmt/format.h>

#include <systemc>

#include "tb/bench/transaction_text.h"

namespace nestwalk::bench {
namespace {

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
  coverage_.request(request, reference_, back_to_back, owed_.size());
  owed_.push_back({reference_.accept(request), statistics_.requests, cycle_()});
}

void Scoreboard::answer(const Answer& answer, uint32_t waited) {
  ++statistics_.answers;
  if (owed_.empty())
    return complain("an answer to no request: " + bench::text(answer), reference_.registers());
  const Owed owed = owed_.front();
  owed_.pop_front();
  coverage_.answer(owed.expected.request, waited);
  if (!agree(answer, owed.expected))
    complain(fmt::format("{}\n  answered {}\n  expected {}", text(owed), bench::text(answer),
                         bench::text(owed.expected)),
             owed.expected.registers);
}

void Scoreboard::reset() {
  const bool at_power_on = statistics_.resets++ == 0;
  statistics_.lost_to_resets += owed_.size();
  if (!at_power_on)
    coverage_.reset(owed_.size(), owed_.empty() ? nullptr : &owed_.back().expected.request);
  reference_.reset();
  for (const Owed& lost : owed_) reference_.forget(lost.expected.request);
  owed_.clear();
}

void Scoreboard::finish() {
  for (const Owed& owed : owed_) complain("no answer to " + text(owed), owed.expected.registers);
  owed_.clear();
}

std::string Scoreboard::text(const Owed& owed) {
  return fmt::format("request {}, {}, accepted in cycle {}", owed.number,
                     bench::text(owed.expected.request), owed.cycle);
}

void Scoreboard::complain(const std::string& what, const ReferenceModel::Registers& registers) {
  ++statistics_.mismatches;
  if (complaints_.size() >= kComplaints) return;
  complaints_.push_back(fmt::format("cycle {}, {}: {}\n{}", cycle_(),
                                    sc_core::sc_time_stamp().to_string(), what,
                                    bench::text(registers)));
}

}  // namespace nestwalk::bench
