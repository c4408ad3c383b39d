// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sim/config/words.h"
#include "sim/report/explanation.h"
#include "sim/report/number_text.h"
#include "sim/report/walk_svg.h"
#include "sim/report/walk_text.h"

namespace nestwalk {
namespace {

const char* describe(TranslationSource source) {
  switch (source) {
    case TranslationSource::kL1Tlb:
      return "the L1 TLB";
    case TranslationSource::kSegments:
      return "the segments, at the L1 TLB miss";
    case TranslationSource::kL2Tlb:
      return "the L2 TLB";
    case TranslationSource::kWalk:
    case TranslationSource::kMerged:
      return "a page walk";
  }
  return "";
}

const char* describe(AccessKind access) {
  switch (access) {
    case AccessKind::kRead:
      return "load from";
    case AccessKind::kWrite:
      return "store to";
    case AccessKind::kExecute:
      return "fetch from";
  }
  return "";
}

std::string describe_mode(const Explanation& explanation) {
  std::string text(to_string(explanation.mode));
  if (explanation.mode != explanation.configured_mode)
    text += fmt::format(" (configured: {})", to_string(explanation.configured_mode));
  return text;
}

std::string total_line(const Explanation& explanation) {
  const WalkTotals all = totals(explanation);
  const std::string l2_tlb =
      explanation.l2_tlb_cycles == 0
          ? std::string()
          : "L2 TLB look-up " + counted(explanation.l2_tlb_cycles, "cycle") + " + ";
  const std::string updates = all.update_cycles == 0
                                  ? std::string()
                                  : " + A/D updates " + counted(all.update_cycles, "cycle");
  return fmt::format("{}{} {} + look-ups and checks {}{} = {}", l2_tlb,
                     counted(all.reads, "table read"), counted(all.read_cycles, "cycle"),
                     counted(all.look_up_cycles, "cycle"), updates, counted(all.cycles, "cycle"));
}

}  // namespace

WalkTotals totals(const Explanation& explanation) {
  WalkTotals totals;
  totals.cycles = explanation.l2_tlb_cycles;
  for (const WalkRecorder::Step& step : explanation.steps) {
    const bool read = step.need == PageWalk::Need::kRead;
    const bool update = step.need == PageWalk::Need::kSetBits;
    totals.reads += read ? 1 : 0;
    (read     ? totals.read_cycles
     : update ? totals.update_cycles
              : totals.look_up_cycles) += step.cycles;
    totals.cycles += step.cycles;
  }
  return totals;
}

std::string to_text(const Explanation& explanation) {
  std::string text =
      fmt::format("{} {:#x}, {}, after {} references\n", describe(explanation.access),
                  explanation.address.value(), describe_mode(explanation), explanation.references);
  const FaultCounts& faults = explanation.faults;
  if (faults.guest + faults.nested != 0)
    text +=
        fmt::format("faults served before it: {} guest, {} nested\n", faults.guest, faults.nested);
  const Translation& translation = explanation.translation;
  text += fmt::format("answered by {}, {} past an L1 TLB hit: {:#x}, {} page\n",
                      describe(explanation.source), counted(explanation.cycles, "cycle"),
                      translation.address.value(), to_string(translation.size));
  if (explanation.segments_would_complete)
    text += fmt::format("no walk was spared: segments would have completed the miss, {}\n",
                        counted(explanation.segment_completion, "cycle"));
  if (!explanation.has_walk()) return text;
  if (explanation.was_spared()) text += "the walk that this spared:\n";
  std::string table =
      draw_walk(explanation.steps, explanation.guest_levels, explanation.nested_levels);
  table.erase(table.find_last_not_of('\n') + 1);
  return text + '\n' + table + "\n\n" + total_line(explanation) + '\n';
}

std::string to_svg(const Explanation& explanation) {
  const std::string title = fmt::format("Walk for a {} {:#x}, {}", describe(explanation.access),
                                        explanation.address.value(), describe_mode(explanation));
  return draw_walk_svg(explanation.steps, explanation.guest_levels, explanation.nested_levels,
                       title, total_line(explanation));
}

}  // namespace nestwalk
