// SPDX-License-Identifier: Apache-2.0
#include "sim/config/presets.h"

#include <fmt/format.h>

#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

/// Settings of one preset that share a reason.
void add(Preset& preset, const std::string& reason,
         std::initializer_list<std::pair<const char*, Value>> settings) {
  for (const auto& [key, value] : settings)
    preset.settings.push_back({key, value, "preset " + preset.name, reason});
}

Value number(int64_t value) {
  return value;
}

Preset paper() {
  return {"paper", "the paper's machine, 2 x Xeon E5-2430 (Sandy Bridge): the defaults", {}};
}

Preset sandy_bridge_ep() {
  Preset preset{"sandy-bridge-ep",
                "a 2.6 GHz Sandy Bridge EP as its random-read latencies were measured",
                {}};
  // The TLBs and private caches are those of the paper's E5-2430, the same core; what lies beyond
  // the core is another.
  add(preset, "known of the machine that was measured: 20 MB, 20-way",
      {{"memory.l3.size", Value(std::string("20MiB"))}, {"memory.l3.ways", number(20)}});
  add(preset,
      "measured: random reads of a region that fits the L3 take 45 cycles, 7 of them the L2 TLB's",
      {{"latency.l3", number(38)}});
  add(preset,
      "measured: a walk with PDE and entry at hand adds 10 cycles, 4 of them the L1D's, the rest "
      "the walker's start",
      {{"latency.structure_cache", number(6)}});
  add(preset, "measured: 78 ns at 2.6 GHz", {{"latency.memory", number(204)}});
  return preset;
}

Preset modern() {
  Preset preset{"modern", "a modern server core, Golden Cove class", {}};
  add(preset, "sizes of Golden Cove (spec 2.5); ways remembered",
      {{"l1_tlb.pages_4k.entries", number(96)},
       {"l1_tlb.pages_4k.ways", number(6)},
       {"l1_tlb.pages_2m.entries", number(32)},
       {"l1_tlb.pages_2m.ways", number(4)},
       {"l1_tlb.pages_1g.entries", number(8)},
       {"l1_tlb.pages_1g.ways", number(8)},
       {"l2_tlb.entries", number(2048)},
       {"l2_tlb.ways", number(16)},
       {"l2_tlb.holds_2m", true},
       {"walker.count", number(4)}});
  add(preset, "remembered: of an earlier core of the family, Golden Cove's is not known here",
      {{"l2_tlb.entries_1g", number(16)}});
  add(preset, "remembered, never seen in print",
      {{"instruction_tlb.pages_4k.entries", number(256)},
       {"instruction_tlb.pages_4k.ways", number(8)},
       {"instruction_tlb.pages_2m.entries", number(32)},
       {"instruction_tlb.pages_2m.ways", number(8)},
       {"memory.l1d.size", Value(std::string("48KiB"))},
       {"memory.l1d.ways", number(12)},
       {"memory.l2.size", Value(std::string("2MiB"))},
       {"memory.l2.ways", number(16)},
       {"memory.l3.size", Value(std::string("60MiB"))},
       {"memory.l3.ways", number(15)},
       {"latency.l1d", number(5)},
       {"latency.l2", number(15)},
       {"latency.l3", number(70)},
       {"latency.memory", number(300)}});
  return preset;
}

Preset closed_form() {
  Preset preset{"closed-form",
                "the paper's TLBs without helpers or caches: walks cost what the formulas say",
                {}};
  add(preset, "the closed forms count every read (spec 2.3)",
      {{"guest_structure_cache.enabled", false},
       {"nested_structure_cache.enabled", false},
       {"nested_tlb.kind", Value(std::string("none"))},
       {"memory.l1d.enabled", false},
       {"memory.l2.enabled", false},
       {"memory.l3.enabled", false}});
  add(preset, "by definition: 100 a reference, 1 a check",
      {{"latency.memory", number(100)}, {"latency.segment_check", number(1)}});
  return preset;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{paper(), sandy_bridge_ep(), modern(), closed_form()};
  return all;
}

const Preset& find_preset(std::string_view name) {
  for (const Preset& preset : presets())
    if (preset.name == name) return preset;
  throw InputError(
      fmt::format("\"{}\" is no preset; {}", name, did_you_mean(name, names_of(presets()))));
}

}  // namespace nestwalk
