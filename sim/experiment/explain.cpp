// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include <fmt/format.h>

#include "sim/config/words.h"
#include "sim/experiment/machine.h"
#include "sim/io/input_error.h"
#include "sim/report/number_text.h"
#include "sim/report/walk_svg.h"
#include "sim/report/walk_text.h"
#include "sim/software/policy/mode_policy.h"

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

std::string describe(Mode in_force, Mode configured) {
  if (in_force == configured) return std::string(to_string(in_force));
  return fmt::format("{} (configured: {})", to_string(in_force), to_string(configured));
}

/// Whether segments would complete a load's L1 miss.
bool segments_complete(Mmu& mmu, GuestVirtual address) {
  Translation ignored;
  return mmu.segment_unit.checker.complete(mmu.context(), address, AccessKind::kRead, ignored);
}

/// Walks for an address past all TLBs, with the structure and data caches as they are.
void walk(Mmu& mmu, GuestVirtual address) {
  PersistentPayload payload;
  TranslationExtension request;
  request.access = {AccessKind::kRead, true};
  request.context = &mmu.context();
  request.tags = mmu.tags();
  request.epoch = mmu.epoch();
  payload.set_extension(&request);
  payload.set_address(address.value());
  sc_core::sc_time delay;
  mmu.l2_tlb.downstream->b_transport(payload, delay);
}

/// `before`: what the miss cost before its walk began.
std::string totals(const std::vector<WalkRecorder::Step>& steps, uint64_t before) {
  uint64_t reads = 0;
  uint64_t read_cycles = 0;
  uint64_t update_cycles = 0;
  uint64_t other_cycles = 0;
  for (const WalkRecorder::Step& step : steps) {
    const bool read = step.need == PageWalk::Need::kRead;
    const bool update = step.need == PageWalk::Need::kSetBits;
    reads += read ? 1 : 0;
    (read ? read_cycles : update ? update_cycles : other_cycles) += step.cycles;
  }
  const std::string l2_tlb =
      before == 0 ? std::string() : "L2 TLB look-up " + counted(before, "cycle") + " + ";
  const std::string updates =
      update_cycles == 0 ? std::string() : " + A/D updates " + counted(update_cycles, "cycle");
  return fmt::format("{}{} {} + look-ups and checks {}{} = {}", l2_tlb,
                     counted(reads, "table read"), counted(read_cycles, "cycle"),
                     counted(other_cycles, "cycle"), updates,
                     counted(before + read_cycles + update_cycles + other_cycles, "cycle"));
}

}  // namespace

Explanation explain(const RunSpec& spec, GuestVirtual address) {
  Config config = spec.config;
  if (!config.beside.empty())
    throw InputError("beside", "explain knows the addresses of one stream: run that one alone");
  const std::unique_ptr<Stream> stream = open_stream(config, spec.format, spec.quiet);
  Machine machine(config, *stream, {});
  machine.run();
  require_past_warmup(config, machine.processor().issued());

  Mmu& mmu = machine.mmu(0);
  WalkRecorder recorder;
  mmu.walker.observe(&recorder);
  constexpr Access kLoad{AccessKind::kRead, true};
  ProcessorCore& core = machine.processor().core(0);
  const bool was_mapped = !core.serve(address, kLoad);
  const TranslationExtension answer = core.translate(address, kLoad);
  const TranslationContext& context = mmu.context();
  const std::string mode = describe(mode_in_force(context), config.mode);
  std::string text = fmt::format("load from {:#x}, {}, after {} references\n", address.value(),
                                 mode, machine.processor().issued());
  if (!was_mapped) text += "its page was not mapped: it was for this load\n";
  text += fmt::format("answered by {}, {} cycles past an L1 TLB hit: {:#x}, {} page\n",
                      describe(answer.source), machine.clock().count(answer.translation_time),
                      answer.translation.address.value(), to_string(answer.translation.size));
  if (answer.source == TranslationSource::kSegments) return {text, {}};
  const LatencyTable& latency = machine.config().mmu.latency;
  const bool walked = answer.source == TranslationSource::kWalk;
  if (!walked && segments_complete(mmu, address)) {
    text += fmt::format("no walk was spared: segments would have completed the miss, {} cycles\n",
                        latency.segment_completion);
    return {text, {}};
  }
  if (!walked) {
    walk(mmu, address);
    text += "the walk that this spared:\n";
  }
  const int nested_levels = context.virtualized ? context.nested.levels : 0;
  std::string table = draw_walk(recorder.steps(), context.guest.levels, nested_levels);
  table.erase(table.find_last_not_of('\n') + 1);
  const std::string total = totals(recorder.steps(), walked ? latency.l2_tlb : 0);
  text += '\n' + table + "\n\n" + total + '\n';
  const std::string title = fmt::format("Walk for {:#x}, {}", address.value(), mode);
  return {text, draw_walk_svg(recorder.steps(), context.guest.levels, nested_levels, title, total)};
}

}  // namespace nestwalk
