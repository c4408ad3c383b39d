// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/watchdog.h"

#include <algorithm>
#include <sstream>

namespace nestwalk {
namespace {

/// More than any walk takes where everything is as slow as the slowest: 35 reads and their
/// look-ups.
constexpr uint64_t kLongestWalk = 1000;

uint64_t patience(const std::vector<Mmu*>& mmus) {
  const LatencyTable& latency = mmus.front()->config().latency;
  const uint64_t slowest = std::max(
      {latency.l2_tlb, latency.segment_completion, latency.segment_check, latency.structure_cache,
       latency.nested_tlb, latency.ad_update, latency.dirty_assist, latency.memory});
  return std::max(Watchdog::kPatience, kLongestWalk * slowest);
}

}  // namespace

Watchdog::Watchdog(const sc_core::sc_module_name& name, const Clock& clock,
                   const TraceProcessor& processor, const std::vector<Mmu*>& mmus)
    : sc_core::sc_module(name),
      cycles_(patience(mmus)),
      patience_(clock.cycles(cycles_)),
      processor_(processor),
      mmus_(mmus) {
  SC_HAS_PROCESS(Watchdog);
  SC_METHOD(look);
}

std::string Watchdog::queues() const {
  std::ostringstream text;
  text << "references in flight: " << processor_.in_flight() << '\n';
  for (const Mmu* mmu : mmus_)
    text << mmu->name() << ": l1_tlb " << mmu->in_flight() << ", segment_unit "
         << mmu->segment_unit.in_flight() << ", l2_tlb " << mmu->l2_tlb.in_flight()
         << ", walker queue " << mmu->walker.queued() << ", walks in flight "
         << mmu->walker.walking() << '\n';
  return text.str();
}

std::string Watchdog::diagnosis() const {
  return complaint_.empty() ? "no event is left\n" + queues() : complaint_;
}

void Watchdog::look() {
  if (processor_.finished()) return;
  const uint64_t issued = processor_.transactions();
  const uint64_t answered = issued - processor_.in_flight();
  const bool stuck = issued != answered && issued == issued_ && answered == answered_;
  if (stuck && sc_core::sc_time_stamp() != sc_core::SC_ZERO_TIME) {
    complaint_ =
        "no reference issued or answered for " + std::to_string(cycles_) + " cycles\n" + queues();
    sc_core::sc_stop();
    return;
  }
  issued_ = issued;
  answered_ = answered;
  // What is not in flight cannot be stuck: between two references may be any number of
  // instructions.
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time ready = issued == answered ? processor_.ready() : now;
  next_trigger(ready > now ? std::max(ready - now, patience_) : patience_);
}

}  // namespace nestwalk
