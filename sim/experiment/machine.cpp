// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/machine.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "model/random/split_mix.h"
#include "rtl/cosimulation/rtl_segment_unit.h"
#include "sim/io/input_error.h"
#include "sim/software/policy/mode_policy.h"
#include "sim/stream/bytes/byte_source.h"

namespace nestwalk {
namespace {

/// Of a stream: as configured, else as suits it.
ProcessorConfig::Pace pace_of(const CoreConfig& asked, const Stream& stream) {
  const ProcessorHint hint = stream.processor_hint();
  return {asked.cpi.value_or(hint.cpi.value_or(CoreConfig::kDefaultCpi)),
          asked.exposed.value_or(hint.exposed.value_or(CoreConfig::kDefaultExposed))};
}

OwnContext own_context(const Config& config) {
  if (config.beside.empty()) return OwnContext::kLoaded;
  return is_virtualized(config.mode) && config.beside_as == BesideAs::kVms ? OwnContext::kVm
                                                                           : OwnContext::kProcess;
}

ProcessorConfig processor_config(const Config& config, const Machine::Options& options) {
  ProcessorConfig processor;
  processor.outstanding = config.core.outstanding;
  processor.quantum = config.core.quantum;
  processor.skipped = config.beside.empty() ? config.skip : 0;
  processor.warmup = config.warmup;
  processor.references = config.references;
  processor.approximate = config.timing == Timing::kApproximate;
  processor.fetch = config.fetch;
  processor.data_path = config.memory.data_path;
  processor.fast_path = options.fast_path;
  processor.guest_fault = config.software.guest_fault;
  processor.nested_fault = config.software.nested_fault;
  processor.latency = config.mmu.latency;
  processor.own_context = own_context(config);
  processor.interval = config.software.timeline;
  processor.on_progress = options.on_progress;
  processor.interrupted = options.interrupted;
  return processor;
}

Mmu::MakeSegmentUnit segment_unit_maker(SegmentUnit unit) {
  if (unit == SegmentUnit::kRtl) return make_rtl_segment_unit;
  return Mmu::make_own_segment_unit;
}

/// The configuration with what the stream knows better filled in.
Config resolve(Config config, const Stream& stream) {
  const ProcessorConfig::Pace pace = pace_of(config.core, stream);
  config.core.cpi = pace.cpi;
  config.core.exposed = pace.exposed;
  if (!config.software.primary_region) config.software.primary_region = stream.primary_region();
  return config;
}

}  // namespace

/// A fresh SystemC context, and what is done with its reports, while it lives.
class Machine::KernelContext {
 public:
  KernelContext() : outer_(sc_core::sc_curr_simcontext), own_(new sc_core::sc_simcontext) {
    sc_core::sc_curr_simcontext = own_;
    sc_core::sc_default_global_context = own_;
  }
  ~KernelContext() {
    Reports::set_actions(kKernel, sc_core::SC_INFO, on_info_);
    Reports::set_actions(sc_core::SC_FATAL, on_fatal_);
    Reports::set_actions(sc_core::SC_ERROR, on_error_);
    delete own_;
    sc_core::sc_curr_simcontext = outer_;
    sc_core::sc_default_global_context = outer_;
  }
  KernelContext(const KernelContext&) = delete;
  KernelContext& operator=(const KernelContext&) = delete;

 private:
  using Reports = sc_core::sc_report_handler;
  static constexpr const char* kKernel = "/OSCI/SystemC";

  sc_core::sc_simcontext* outer_;
  sc_core::sc_simcontext* own_;
  // What was done before. Reports become exceptions, not aborts.
  sc_core::sc_actions on_error_ = Reports::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  sc_core::sc_actions on_fatal_ = Reports::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
  // A run that the watchdog ends has said so itself.
  sc_core::sc_actions on_info_ =
      Reports::set_actions(kKernel, sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
};

Machine::Machine(const Config& config, Stream& stream, const Options& options)
    : config_(resolve(config, stream)),
      on_region_of_interest_(options.on_region_of_interest),
      kernel_(std::make_unique<KernelContext>()),
      side_(options.software) {
  if (options.beside.size() != config_.beside.size())
    throw std::logic_error("a machine needs each stream that its configuration names");
  if (!side_)
    side_ = std::make_shared<SoftwareSide>(make_software_side(config_, stream, options.beside));
  SystemSoftware& software = *side_->software;
  const size_t cores = config_.core.count;
  memory_ =
      std::make_unique<MemorySystem>("memory_system", config_.memory, config_.mmu.latency, clock_,
                                     *side_->memory, cores, seed_of_part(config_.seed, 0));
  std::vector<Mmu*> mmus;
  for (size_t i = 0; i < cores; ++i) {
    MmuConfig mmu = config_.mmu;
    mmu.seed = seed_of_part(config_.seed, 1 + i);
    mmus_.push_back(std::make_unique<Mmu>(("mmu_" + std::to_string(i)).c_str(), mmu, clock_,
                                          Mmu::Connect(),
                                          segment_unit_maker(config_.segment_unit)));
    mmus.push_back(mmus_.back().get());
    mmus_[i]->memory().bind(memory_->socket(i, MemorySystem::kData));
    mmus_[i]->tables().bind(memory_->socket(i, MemorySystem::kTables));
    mmus_[i]->load_vm(first_context(i));
  }
  software.select(0);
  std::vector<Stream*> streams{&stream};
  streams.insert(streams.end(), options.beside.begin(), options.beside.end());
  ProcessorConfig processor = processor_config(config_, options);
  for (size_t i = 0; i < cores; ++i)
    processor.paces.push_back(pace_of(config.core, *streams[i % streams.size()]));
  // LT's fast path does not tell of stores.
  if (software.watches_stores() && !processor.approximate) processor.fast_path = false;
  processor_ = std::make_unique<TraceProcessor>("processor", processor, clock_, streams, software,
                                                mmus, *memory_);
  for (size_t i = 0; i < cores; ++i) processor_->socket(i).bind(mmus_[i]->cpu());
  processor_->on_region_of_interest = [this] { begin_region_of_interest(); };
  processor_->on_interval = [this] { sample(); };
  if (processor.approximate)
    watchdog_ = std::make_unique<Watchdog>("watchdog", clock_, *processor_, mmus);
}

Machine::~Machine() = default;

/// What a core runs at first.
const TranslationContext& Machine::first_context(size_t core) {
  SystemSoftware& software = *side_->software;
  software.select(core);
  switch (own_context(config_)) {
    case OwnContext::kVm:
      return software.switch_vm(static_cast<Vpid>(1 + core));
    case OwnContext::kProcess:
      return software.switch_process(core, static_cast<Pcid>(core));
    case OwnContext::kLoaded:
      break;
  }
  return software.context();
}

void Machine::run() {
  sc_core::sc_start();
  rethrow_failure();
  if (processor_->finished()) return end_timeline();
  throw std::runtime_error("the simulation hangs: " +
                           (watchdog_ ? watchdog_->diagnosis() : "no event is left"));
}

/// What is wrong with a trace is told with its name.
void Machine::rethrow_failure() const {
  try {
    processor_->rethrow_failure();
  } catch (const InputError& error) {
    const size_t core = config_.beside.empty() ? 0 : processor_->failed_on().value_or(0);
    const std::string name = display_name(core == 0 ? config_.trace : config_.beside[core - 1]);
    const bool says_so = std::string_view(error.what()).substr(0, name.size()) == name;
    const bool is_known = config_.beside.empty() || processor_->failed_on();
    if (name.empty() || says_so || !is_known) throw;
    throw InputError(name, error.what());
  }
}

void Machine::begin_region_of_interest() {
  for (const auto& mmu : mmus_) mmu->reset_statistics();
  memory_->reset_statistics();
  faults_before_ = side_->software->faults();
  if (const auto report = side_->software->report()) ledger_before_ = report->ledger;
  timeline_.clear();
  sampled_ = {};
  counted_from_ = config_.warmup;
  if (on_region_of_interest_) on_region_of_interest_();
}

void Machine::observe(WalkObserver* observer) {
  for (const auto& mmu : mmus_) mmu->walker.observe(observer);
}

/// Adds the interval that ends here to the timeline.
void Machine::sample() {
  const TranslationContext& context = mmus_[0]->context();
  TimelineInterval sum;
  sum.guest_segment = context.guest_segment.limit() - context.guest_segment.base();
  sum.vmm_segment = context.vmm_segment.limit() - context.vmm_segment.base();
  sum.mode = mode_in_force(context);
  for (size_t i = 0; i < mmus_.size(); ++i) {
    const ProcessorCounters& core = processor_->counters(i);
    sum.references += core.references;
    sum.stall_cycles += core.stall;
    sum.software_cycles += core.software;
    sum.walks += mmus_[i]->walker.statistics.walks;
    sum.walk_cycles += mmus_[i]->walker.statistics.cycles;
  }
  sum.cycles = processor_->cycles();
  sum.core_cycles = processor_->core_cycles();
  sum.end = counted_from_ + sum.references;
  TimelineInterval interval = sum;
  interval.references -= sampled_.references;
  interval.walks -= sampled_.walks;
  interval.walk_cycles -= sampled_.walk_cycles;
  interval.stall_cycles -= sampled_.stall_cycles;
  interval.software_cycles -= sampled_.software_cycles;
  interval.cycles -= sampled_.cycles;
  interval.core_cycles -= sampled_.core_cycles;
  timeline_.push_back(interval);
  sampled_ = sum;
}

/// What is left after the last whole interval: fewer references, or only what was in flight.
void Machine::end_timeline() {
  if (config_.software.timeline == 0) return;
  sample();
  const TimelineInterval rest = timeline_.back();
  if (rest.references != 0) return;
  timeline_.pop_back();
  if (!timeline_.empty()) timeline_.back() += rest;
}

CoreResult Machine::core_result(size_t core) const {
  const ProcessorCounters& counters = processor_->counters(core);
  const Mmu& mmu = *mmus_[core];
  CoreResult result;
  if (!config_.beside.empty())
    result.stream = core == 0 ? stream_name(config_) : config_.beside[core - 1];
  result.references = counters.references;
  result.instructions = counters.instructions;
  result.cycles = processor_->cycles(core);
  result.stall_cycles = counters.stall;
  result.l1_tlb = mmu.l1_tlb.statistics.data;
  result.l2_tlb = mmu.l2_tlb.statistics.data;
  result.segments_completed = mmu.segment_unit.checker.statistics.completed;
  result.walks = mmu.walker.statistics.walks;
  result.walk_cycles = mmu.walker.statistics.cycles;
  return result;
}

RunResult Machine::result() const {
  RunResult result;
  result.config = config_;
  FetchCounts fetch;
  for (size_t i = 0; i < mmus_.size(); ++i) {
    const ProcessorCounters& core = processor_->counters(i);
    result.references += core.references;
    result.instructions += core.instructions;
    result.stall_cycles += core.stall;
    result.software_cycles += core.software;
    fetch.references += core.fetches;
    fetch.stall_cycles += core.fetch_stall;

    const Mmu& mmu = *mmus_[i];
    result.l1_tlb += mmu.l1_tlb.statistics.data;
    result.l2_tlb += mmu.l2_tlb.statistics.data;
    result.nested_tlb += mmu.nested_tlb ? mmu.nested_tlb->statistics : mmu.l2_tlb.statistics.nested;
    result.guest_structure_cache += mmu.structure_caches.statistics.guest;
    result.nested_structure_cache += mmu.structure_caches.statistics.nested;
    result.segments_completed += mmu.segment_unit.checker.statistics.completed;
    result.walks += mmu.walker.statistics;
    result.escape_filter += mmu.segment_unit.checker.statistics.filter;
    fetch.instruction_tlb += mmu.l1_tlb.statistics.instruction;
    fetch.l2_tlb += mmu.l2_tlb.statistics.fetches;
    fetch.completed += mmu.segment_unit.checker.statistics.completed_fetches;
    fetch.walks += mmu.walker.fetch_statistics.walks;
    fetch.walk_cycles += mmu.walker.fetch_statistics.cycles;
  }
  if (mmus_.size() > 1)
    for (size_t i = 0; i < mmus_.size(); ++i) result.cores.push_back(core_result(i));
  result.walks.guest_faults += side_->software->faults().guest - faults_before_.guest;
  result.walks.nested_faults += side_->software->faults().nested - faults_before_.nested;
  result.cycles = processor_->cycles();
  result.core_cycles = processor_->core_cycles();
  if (!overlaps(config_)) result.ideal_cycles = processor_->ideal_cycles();
  if (config_.fetch) result.fetch = fetch;
  result.software = side_->software->report();
  if (result.software) result.software->ledger.take_off(ledger_before_);
  result.timeline = timeline_;
  return result;
}

}  // namespace nestwalk
