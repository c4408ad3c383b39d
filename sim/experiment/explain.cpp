// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include "sim/experiment/machine.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/report/progress.h"
#include "sim/software/policy/mode_policy.h"

namespace nestwalk {
namespace {

/// Whether segments would complete an L1 miss.
bool segments_complete(Mmu& mmu, GuestVirtual address, AccessKind access) {
  Translation ignored;
  return mmu.segment_unit.checker.complete(mmu.context(), address, access, ignored);
}

/// Walks for an address past all TLBs, with the structure and data caches as they are.
void walk(Mmu& mmu, GuestVirtual address, Access access) {
  PersistentPayload payload;
  TranslationExtension request;
  request.access = access;
  request.context = &mmu.context();
  request.tags = mmu.tags();
  request.epoch = mmu.epoch();
  payload.set_extension(&request);
  payload.set_address(address.value());
  sc_core::sc_time delay;
  mmu.l2_tlb.downstream->b_transport(payload, delay);
}

/// Runs the stream to its end.
void run(Machine& machine, const Config& config, const Interruption& interruption) {
  machine.run();
  if (interruption.requested()) throw Interrupted();
  require_past_warmup(config, machine.processor().issued());
}

Explanation explain_on(Machine& machine, const Config& config, GuestVirtual address,
                       AccessKind kind) {
  Mmu& mmu = machine.mmu(0);
  WalkRecorder recorder;
  mmu.walker.observe(&recorder);
  const Access access{kind, true};
  ProcessorCore& core = machine.processor().core(0);
  Explanation found;
  found.address = address;
  found.access = kind;
  found.references = machine.processor().issued();
  const FaultCounts before = machine.software().faults();
  core.serve(address, access);
  const FaultCounts& after = machine.software().faults();
  found.faults = {after.guest - before.guest, after.nested - before.nested};
  const TranslationExtension answer = core.translate(address, access);
  const TranslationContext& context = mmu.context();
  found.mode = mode_in_force(context);
  found.configured_mode = config.mode;
  found.source = answer.source;
  found.cycles = machine.clock().count(answer.translation_time);
  found.translation = answer.translation;
  found.guest_levels = context.guest.levels;
  found.nested_levels = context.virtualized ? context.nested.levels : 0;
  const LatencyTable& latency = machine.config().mmu.latency;
  if (answer.source == TranslationSource::kWalk) {
    found.l2_tlb_cycles = latency.l2_tlb;
  } else if (answer.source != TranslationSource::kSegments) {
    found.segments_would_complete = segments_complete(mmu, address, kind);
    found.segment_completion = latency.segment_completion;
    if (!found.segments_would_complete) walk(mmu, address, access);
  }
  found.steps = recorder.steps();
  return found;
}

}  // namespace

Explanation explain(const RunSpec& spec, GuestVirtual address, AccessKind access) {
  Config config = spec.config;
  if (!config.beside.empty())
    throw InputError("beside", "explain knows the addresses of one stream: run that one alone");
  const std::unique_ptr<Stream> stream = open_stream(config, spec.format, spec.quiet);
  const Interruption interruption;
  Machine::Options options;
  options.interrupted = &interruption.requested();
  std::optional<Progress> progress;
  progress.emplace("references", expected_references(config, *stream, {}), spec.quiet);
  options.on_progress = [&progress](uint64_t done) { progress->update(done); };
  Machine machine(config, *stream, options);
  run(machine, config, interruption);
  progress.reset();
  return explain_on(machine, config, address, access);
}

}  // namespace nestwalk
