// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include <fmt/format.h>

#include "sim/config/words.h"
#include "sim/experiment/machine.h"
#include "sim/report/walk_drawing.h"
#include "sim/report/walk_picture.h"

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

const char* name_of(PageSize size) {
  constexpr const char* kNames[] = {"4K", "2M", "1G"};
  return kNames[static_cast<size_t>(size)];
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
  uint64_t other_cycles = 0;
  for (const WalkRecorder::Step& step : steps) {
    const bool read = step.need == PageWalk::Need::kRead;
    reads += read ? 1 : 0;
    (read ? read_cycles : other_cycles) += step.cycles;
  }
  const std::string l2_tlb =
      before == 0 ? std::string() : fmt::format("L2 TLB look-up {} cycles + ", before);
  return fmt::format("{}{} table reads {} cycles + look-ups and checks {} cycles = {} cycles",
                     l2_tlb, reads, read_cycles, other_cycles, before + read_cycles + other_cycles);
}

}  // namespace

Explanation explain(const RunSpec& spec, GuestVirtual address) {
  Config config = spec.config;
  const std::unique_ptr<Stream> stream = open_stream(config, spec.format);
  const std::vector<std::unique_ptr<Stream>> beside = open_beside(config);
  Machine::Options options;
  options.beside = lend(beside);
  Machine machine(config, *stream, options);
  machine.run();

  Mmu& mmu = machine.mmu(0);
  WalkRecorder recorder;
  mmu.walker.observe(&recorder);
  const TranslationExtension answer =
      machine.processor().core(0).translate(address, {AccessKind::kRead, true});
  std::string text = fmt::format("load from {:#x}, {}, after {} references\n", address.value(),
                                 to_string(config.mode), machine.result().references);
  text += fmt::format("answered by {}, {} cycles past an L1 TLB hit: {:#x}, {} page\n",
                      describe(answer.source), machine.clock().count(answer.translation_time),
                      answer.translation.address.value(), name_of(answer.translation.size));
  if (answer.source == TranslationSource::kSegments) return {text, {}};
  const bool walked = answer.source == TranslationSource::kWalk;
  if (!walked) {
    walk(mmu, address);
    text += "the walk that this spared:\n";
  }
  const TranslationContext& context = mmu.context();
  text += '\n';
  const int nested_levels = context.virtualized ? context.nested.levels : 0;
  text += draw_walk(recorder.steps(), context.guest.levels, nested_levels);
  const std::string total =
      totals(recorder.steps(), walked ? machine.config().mmu.latency.l2_tlb : 0);
  text += '\n' + total + '\n';
  const std::string title =
      fmt::format("Walk for {:#x}, {}", address.value(), to_string(config.mode));
  return {text, draw_walk_svg(recorder.steps(), context.guest.levels, nested_levels, title, total)};
}

}  // namespace nestwalk
