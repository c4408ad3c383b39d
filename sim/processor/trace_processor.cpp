// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/trace_processor.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

/// Of a load, store or fetch.
AccessKind access_kind(ReferenceKind kind) {
  switch (kind) {
    case ReferenceKind::kStore:
      return AccessKind::kWrite;
    case ReferenceKind::kFetch:
      return AccessKind::kExecute;
    default:
      return AccessKind::kRead;
  }
}

}  // namespace

TraceProcessor::TraceProcessor(const sc_core::sc_module_name& name, const ProcessorConfig& config,
                               const Clock& clock, const std::vector<Stream*>& streams,
                               SystemSoftware& software, const std::vector<Mmu*>& mmus,
                               MemorySystem& memory)
    : sc_core::sc_module(name),
      config_(config),
      clock_(clock),
      reader_(streams, mmus.size()),
      software_(software),
      control_(software, mmus, config.latency, config.own_context),
      boundary_(config.warmup),
      running_(config.approximate ? mmus.size() : 1) {
  if (config_.approximate && mmus.size() > 1 && !software.tells_cores_apart())
    throw std::invalid_argument("in AT software that manages memory runs one core");
  for (size_t i = 0; i < mmus.size(); ++i)
    cores_.push_back(
        std::make_unique<ProcessorCore>(i, config_, clock_, *mmus[i], memory, software));
  if (!config_.approximate)
    sc_core::sc_spawn([this] { guarded([this] { run_loose(); }); });
  else
    for (size_t i = 0; i < cores_.size(); ++i)
      sc_core::sc_spawn([this, i] { guarded([this, i] { run_approximate(i); }); });
  control_.on_change = [this] {
    for (auto& core : cores_) core->l1_hit_path.refresh();
  };
  software_.attach(control_);
  if (boundary_ == 0) begin_region_of_interest();
  choose_stop();
}

TraceProcessor::~TraceProcessor() = default;

size_t TraceProcessor::in_flight() const {
  size_t sum = 0;
  for (const auto& core : cores_) sum += core->in_flight();
  return sum;
}

uint64_t TraceProcessor::transactions() const {
  uint64_t sum = 0;
  for (const auto& core : cores_) sum += core->issued();
  return sum;
}

sc_core::sc_time TraceProcessor::ready() const {
  sc_core::sc_time last;
  for (const auto& core : cores_) last = std::max(last, core->ready);
  return last;
}

uint64_t TraceProcessor::cycles(size_t number) const {
  const ProcessorCore& core = *cores_[number];
  // With one reference outstanding the exposed share of data time counts; with more, what the
  // events made of it.
  const bool by_events = config_.approximate && config_.outstanding > 1;
  if (!by_events) return core.cycles();
  return clock_.count(std::max({core.ready, core.last_answer(), interest_began_}) -
                      interest_began_);
}

uint64_t TraceProcessor::cycles() const {
  uint64_t slowest = 0;
  for (size_t i = 0; i < cores_.size(); ++i) slowest = std::max(slowest, cycles(i));
  return slowest;
}

uint64_t TraceProcessor::core_cycles() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < cores_.size(); ++i) sum += cycles(i);
  return sum;
}

uint64_t TraceProcessor::ideal_cycles() const {
  uint64_t slowest = 0;
  for (const auto& core : cores_) slowest = std::max(slowest, core->ideal_cycles());
  return slowest;
}

template <class Process>
void TraceProcessor::guarded(Process process) {
  try {
    process();
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // the kernel ends this process
  } catch (...) {
    failure_ = std::current_exception();
    ended_ = true;
  }
  taken_.notify(sc_core::SC_ZERO_TIME);
  finished_ = --running_ == 0;
}

/// Executes a part of the stream, of a core: of what cannot be done there is told where it stands.
template <class Execute>
void TraceProcessor::located(const size_t& core, Execute execute) {
  try {
    execute();
  } catch (const InputError& error) {
    failed_on_ = core;
    const uint64_t before = config_.skipped + issued_;
    throw InputError(
        "after " + std::to_string(before) + (before == 1 ? " data reference" : " data references"),
        error.what());
  }
}

bool TraceProcessor::goes_on() {
  if (config_.on_progress) config_.on_progress(issued_);
  return !ended_ && (config_.interrupted == nullptr || !config_.interrupted->load());
}

/// Calls `access(address, access, size)` for each page that a load, store or fetch touches; false
/// from it: the run has ended meanwhile.
template <class Each>
void TraceProcessor::each_page(ProcessorCore& core, const Reference& reference, Each access) {
  const GuestVirtual address(reference.address);
  const Access kind{access_kind(reference.kind), true};
  if (!crosses_a_page(reference)) {
    if (access(address, kind, reference.size)) count(core, kind);
    return;
  }
  const auto head = static_cast<uint8_t>(bytes(PageSize::k4K) - address.offset());
  if (access(address, kind, head)) count(core, kind);
  if (ended_) return;
  if (access(address + head, kind, static_cast<uint8_t>(reference.size - head))) count(core, kind);
}

void TraceProcessor::count(ProcessorCore& core, Access access) {
  core.made();
  if (access.kind == AccessKind::kExecute)
    ++core.counters.fetches;
  else
    count_reference(core);
}

void TraceProcessor::count_reference(ProcessorCore& core) {
  ++core.counters.references;
  if (++issued_ == stop_) reach_stop(core);
}

/// Between two references something is to be done.
void TraceProcessor::reach_stop(ProcessorCore& core) {
  if (config_.interrupted != nullptr && config_.interrupted->load()) ended_ = true;
  if (issued_ == interval_end_) {
    if (config_.approximate && is_serial()) drain(core);  // it has its last reference to itself
    interval_end_ += config_.interval;
    if (on_interval) on_interval();
  }
  if (issued_ == boundary_ && !warm_) end_warmup();  // what the software does now comes after it
  if (!ended_ && issued_ >= software_.next_action()) let_software_act(core);
  if (issued_ == boundary_) ended_ = true;
  choose_stop();
}

void TraceProcessor::choose_stop() {
  const uint64_t action = std::max(software_.next_action(), issued_ + 1);
  stop_ = std::min({boundary_, interval_end_, action});
}

void TraceProcessor::let_software_act(ProcessorCore& core) {
  if (config_.approximate) drain(core);
  const uint64_t before = software_.operation_cycles();
  software_.act(issued_);
  core.counters.software += software_.operation_cycles() - before;
  if (config_.approximate) core.advance();
}

void TraceProcessor::end_warmup() {
  if (config_.approximate) drain_all();
  begin_region_of_interest();
}

void TraceProcessor::begin_region_of_interest() {
  warm_ = true;
  boundary_ =
      config_.references ? issued_ + *config_.references : std::numeric_limits<uint64_t>::max();
  ended_ = config_.references && *config_.references == 0;
  if (config_.interval != 0) interval_end_ = issued_ + config_.interval;
  interest_began_ = sc_core::sc_time_stamp();
  std::vector<uint32_t> pending;
  for (auto& core : cores_) {
    pending.push_back(core->take_back());
    interest_began_ = std::max(interest_began_, core->ready);
    core->start_over();
  }
  // None goes on before: its time until then is of the warm-up.
  if (config_.approximate)
    for (size_t i = 0; i < cores_.size(); ++i) {
      cores_[i]->ready = interest_began_;
      cores_[i]->approach(pending[i]);
    }
  if (on_region_of_interest) on_region_of_interest();
}

void TraceProcessor::control(ProcessorCore& core, const Reference& reference) {
  const uint64_t before = software_.operation_cycles();
  software_.stand_at(issued_);
  core.counters.control += control_.apply(reference, core.number());
  core.counters.software += software_.operation_cycles() - before;
  choose_stop();
}

// ---- LT ----------------------------------------------------------------------------------------

void TraceProcessor::run_loose() {
  while (goes_on()) {
    size_t size;
    const Reference* const batch = reader_.read_batch(size);
    if (size == 0) break;
    located(executing_, [&] { execute_batch(batch, size); });
    for (auto& core : cores_) {
      const sc_core::sc_time ahead = core->catch_up();
      if (ahead != sc_core::SC_ZERO_TIME) sc_core::wait(ahead);
    }
  }
}

size_t TraceProcessor::end_of_part(const Reference* batch, size_t begin, size_t size) const {
  if (cores_.size() == 1) return size;
  const size_t core = reader_.core_of(batch[begin]);
  size_t end = begin + 1;
  while (end < size && reader_.core_of(batch[end]) == core) ++end;
  return end;
}

void TraceProcessor::execute_batch(const Reference* batch, size_t size) {
  size_t end = 0;  // of the elements that are of one core
  for (size_t i = 0; i < size && !ended_; ++i) {
    if (i == end) end = end_of_part(batch, i, size);
    executing_ = reader_.core_of(batch[i]);
    ProcessorCore& core = *cores_[executing_];
    const uint64_t run = std::min<uint64_t>(end - i, stop_ - issued_);
    const size_t settled = core.settle(batch + i, batch + i + run, issued_);
    i += settled;
    if (issued_ == stop_) reach_stop(core);
    if (settled == run)
      --i;  // the loop steps over the last one that was settled
    else if (!ended_)
      execute_loose(core, batch[i]);
  }
}

void TraceProcessor::execute_loose(ProcessorCore& core, const Reference& reference) {
  core.counters.instructions += reference.instructions;
  if (reference.kind == ReferenceKind::kControl) {
    control(core, reference);
  } else if (reference.kind != ReferenceKind::kFetch || config_.fetch) {
    each_page(core, reference, [&core](GuestVirtual address, Access access, uint8_t size) {
      core.access(address, access, size);
      return true;
    });
  }
}

// ---- AT ----------------------------------------------------------------------------------------

void TraceProcessor::run_approximate(size_t number) {
  ProcessorCore& core = *cores_[number];
  Reference reference;
  while (!ended_ && next(number, reference))
    located(number, [&] {
      execute_approximate(core, reference);
      core.require_no_fault();
    });
  core.take_back();  // of a reference that the run has ended before
  drain(core);
  located(number, [&] { core.require_no_fault(); });
}

bool TraceProcessor::next(size_t core, Reference& reference) {
  while (true) {
    switch (reader_.next(core, reference, [this] { return goes_on(); })) {
      case StreamReader::Outcome::kElement:
        if (cores_.size() > 1) taken_.notify(sc_core::SC_ZERO_TIME);
        return true;
      case StreamReader::Outcome::kEnd:
        return false;
      case StreamReader::Outcome::kBehind:
        if (ended_) return false;  // the other core takes no more
        sc_core::wait(taken_);
        break;
    }
  }
}

void TraceProcessor::drain(ProcessorCore& core) {
  while (core.in_flight() != 0) sc_core::wait(core.answered());
  core.ready = std::max(core.ready, sc_core::sc_time_stamp());
}

/// So that no reference is of two regions: of all cores, none of which issues meanwhile.
void TraceProcessor::drain_all() {
  held_ = true;
  for (auto& core : cores_) drain(*core);
  held_ = false;
  released_.notify(sc_core::SC_ZERO_TIME);
}

/// Until the time of the core's next element, if no core is held by then: what it does concerns
/// others.
void TraceProcessor::await(const ProcessorCore& core) {
  while (held_ || core.ready > sc_core::sc_time_stamp()) {
    if (held_)
      sc_core::wait(released_);
    else
      sc_core::wait(core.ready - sc_core::sc_time_stamp());
  }
}

void TraceProcessor::execute_approximate(ProcessorCore& core, const Reference& reference) {
  if (config_.outstanding == 1) {
    drain(core);  // its instructions pass after the answer
    core.require_no_fault();
  }
  core.approach(reference.instructions);
  if (reference.kind == ReferenceKind::kControl) {
    drain(core);  // such instructions serialize
    core.require_no_fault();
    if (cores_.size() > 1) await(core);
    if (ended_) return;
    core.made();
    control(core, reference);
    core.advance();
  } else if (reference.kind != ReferenceKind::kFetch || config_.fetch) {
    each_page(core, reference, [&](GuestVirtual address, Access access, uint8_t size) {
      return access_approximate(core, address, access, size);
    });
  } else {
    core.made();
  }
}

/// A fault is served before the reference goes out, which waits for it; what is in flight goes on.
void TraceProcessor::serve_approximate(ProcessorCore& core, GuestVirtual address, Access access) {
  while (true) {
    while (held_) sc_core::wait(released_);
    software_.select(core.number());
    if (software_.is_mapped(address, access.kind == AccessKind::kWrite)) return;
    if (core.in_flight() != 0 && software_.changes_mappings()) {
      drain(core);  // it may unmap something that is in use
      continue;
    }
    core.serve(address, access);
    core.advance();
    await(core);
  }
}

/// False: the run has ended, and the reference was not issued.
bool TraceProcessor::access_approximate(ProcessorCore& core, GuestVirtual address, Access access,
                                        uint8_t size) {
  while (true) {
    if (ended_) return false;
    if (held_) {
      sc_core::wait(released_);
      continue;
    }
    if (core.is_full()) {
      sc_core::wait(core.answered());
      core.require_no_fault();
      core.ready = std::max(core.ready, sc_core::sc_time_stamp());
      continue;
    }
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const bool early = core.ready > now;
    // A hit may be settled ahead of time if no answer, nor an event on another core, can change the
    // TLBs before its time.
    if (early && (core.in_flight() != 0 || cores_.size() > 1) &&
        now + sc_core::sc_time_to_pending_activity(sc_core::sc_get_curr_simcontext()) <=
            core.ready) {
      sc_core::wait(core.ready - now);
      continue;
    }
    if (access.kind != AccessKind::kExecute &&
        core.settle_hit(address, access.kind == AccessKind::kWrite))
      return true;
    if (!early) break;
    sc_core::wait(core.ready - now);
  }
  serve_approximate(core, address, access);
  if (ended_) return false;
  core.issue(address, access, size);
  return true;
}

}  // namespace nestwalk
