// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"
#include "sim/io/units.h"
#include "sim/report/explanation.h"
#include "sim/report/walk_text.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

const char* name(TranslationSource source) {
  switch (source) {
    case TranslationSource::kL1Tlb:
      return "l1_tlb";
    case TranslationSource::kSegments:
      return "segments";
    case TranslationSource::kL2Tlb:
      return "l2_tlb";
    case TranslationSource::kWalk:
    case TranslationSource::kMerged:
      return "walk";
  }
  return "";
}

/// As `walks.served_by` of a run has it.
const char* name(MemoryLevel level) {
  constexpr const char* kNames[kMemoryLevels] = {"l1d", "l2", "l3", "memory"};
  return kNames[static_cast<size_t>(level)];
}

const char* name(PageWalk::Need need) {
  switch (need) {
    case PageWalk::Need::kGuestCheck:
      return "guest_check";
    case PageWalk::Need::kVmmCheck:
      return "vmm_check";
    case PageWalk::Need::kGuestStructure:
      return "guest_structure_cache";
    case PageWalk::Need::kNestedStructure:
      return "nested_structure_cache";
    case PageWalk::Need::kNestedTlb:
      return "nested_tlb";
    case PageWalk::Need::kRead:
      return "read";
    case PageWalk::Need::kSetBits:
      return "set_bits";
    case PageWalk::Need::kFillGuestStructure:
      return "fill_guest_structure_cache";
    case PageWalk::Need::kFillNestedStructure:
      return "fill_nested_structure_cache";
    case PageWalk::Need::kFillNestedTlb:
      return "fill_nested_tlb";
    case PageWalk::Need::kDone:
      break;
  }
  return "done";
}

Json to_json(const WalkRecorder::Step& step) {
  Json json{{"step", name(step.need)}, {"guest_level", step.guest_level}};
  const bool read = step.need == PageWalk::Need::kRead;
  const bool update = step.need == PageWalk::Need::kSetBits;
  if (read || update) json["nested_level"] = step.nested_level;
  json["cycles"] = step.cycles;
  if (step.found != LookUpResult::kNone) json["found"] = describe(step.need, step.found);
  if (read || update) json["address"] = format_address(step.address.value());
  if (read) {
    json["entry"] = format_address(step.entry);
    json["served_by"] = name(step.served_by);
  }
  if (update) json["bits"] = format_address(step.bits);
  return json;
}

Json walk_of(const Explanation& explanation) {
  if (!explanation.has_walk()) return nullptr;
  const WalkTotals all = totals(explanation);
  Json steps = Json::array();
  for (const WalkRecorder::Step& step : explanation.steps)
    if (step.need != PageWalk::Need::kDone) steps.push_back(to_json(step));
  return {{"spared", explanation.was_spared()},
          {"guest_levels", explanation.guest_levels},
          {"nested_levels", explanation.nested_levels},
          {"reads", all.reads},
          {"cycles", all.cycles},
          {"l2_tlb_cycles", explanation.l2_tlb_cycles},
          {"read_cycles", all.read_cycles},
          {"look_up_cycles", all.look_up_cycles},
          {"ad_update_cycles", all.update_cycles},
          {"steps", std::move(steps)}};
}

}  // namespace

Json to_json(const Explanation& explanation) {
  const Translation& translation = explanation.translation;
  return {
      {"address", format_address(explanation.address.value())},
      {"access", to_string(explanation.access)},
      {"mode", to_string(explanation.mode)},
      {"configured_mode", to_string(explanation.configured_mode)},
      {"references", explanation.references},
      {"faults", {{"guest", explanation.faults.guest}, {"nested", explanation.faults.nested}}},
      {"answered_by", name(explanation.source)},
      {"cycles", explanation.cycles},
      {"host_address", format_address(translation.address.value())},
      {"page", to_string(translation.size)},
      {"segments_would_complete", explanation.segments_would_complete},
      {"segment_completion_cycles",
       explanation.segments_would_complete ? Json(explanation.segment_completion) : Json(nullptr)},
      {"walk", walk_of(explanation)}};
}

}  // namespace nestwalk
