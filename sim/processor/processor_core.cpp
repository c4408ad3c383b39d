// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/processor_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/io/input_error.h"

namespace nestwalk {

ProcessorCore::ProcessorCore(size_t number, const ProcessorConfig& config, const Clock& clock,
                             Mmu& mmu, MemorySystem& memory, SystemSoftware& software)
    : socket(("core_" + std::to_string(number)).c_str()),
      l1_hit_path(mmu, config.data_path ? memory.l1d(number) : nullptr,
                  config.fast_path && (!config.data_path || memory.l1d(number) != nullptr)),
      number_(number),
      alone_(config.paces.size() == 1),
      config_(config),
      pace_(config.paces.at(number)),
      clock_(clock),
      software_(software),
      watched_(software.watches_stores()),
      fused_path_(mmu, memory.memory().contents(), memory.chain(number)),
      l1d_cycles_(memory.l1d(number) == nullptr ? 0 : config.latency.l1d) {
  const size_t slots = config.approximate ? config.outstanding : 1;
  for (size_t i = 0; i < slots; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->payload.set_command(tlm::TLM_IGNORE_COMMAND);
    slots_.back()->payload.set_extension(&slots_.back()->extension);
  }
  socket.bind(*this);
}

void ProcessorCore::prepare(Slot& slot, GuestVirtual address, Access access, uint8_t size) {
  slot.fetch = access.kind == AccessKind::kExecute;
  slot.extension.access = access;
  slot.extension.translate_only = slot.fetch || !config_.data_path;
  slot.payload.set_address(address.value());
  slot.payload.set_data_length(size);
  slot.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

inline bool ProcessorCore::serve_uncounted(GuestVirtual address, Access access) {
  if (!alone_) software_.select(number_);
  if (software_.is_mapped(address, access.kind == AccessKind::kWrite)) return false;
  software_.serve(address, access);
  return true;
}

bool ProcessorCore::serve(GuestVirtual address, Access access) {
  const uint64_t before = software_cycles();
  const bool served = serve_uncounted(address, access);
  counters.software += software_cycles() - before;
  return served;
}

uint64_t ProcessorCore::software_cycles() const {
  const FaultCounts& faults = software_.faults();
  return faults.guest * config_.guest_fault + faults.nested * config_.nested_fault +
         software_.operation_cycles();
}

void ProcessorCore::account(const Slot& slot, const sc_core::sc_time& took) {
  const TranslationExtension& answer = slot.extension;
  count_translation(clock_.count(answer.translation_time), slot.fetch);
  const GuestVirtual address(slot.payload.get_address());
  if (answer.fault) {
    if (!faulted_) faulted_ = address;
    return;
  }
  if (watched_ && answer.access.kind == AccessKind::kWrite)
    software_.stored(address, answer.translation.address);
  if (!answer.translate_only) count_data(clock_.count(took - answer.translation_time), 1);
}

void ProcessorCore::count_translation(uint64_t cycles, bool fetch) {
  counters.stall += cycles;
  if (fetch) counters.fetch_stall += cycles;
}

void ProcessorCore::count_data(uint64_t cycles, uint64_t accesses) {
  counters.data += cycles - accesses * l1d_cycles_;
}

void ProcessorCore::require_no_fault() const {
  if (!faulted_) return;
  const std::string what =
      fmt::format("address {:#x} faults although it is mapped", faulted_->value());
  if (!alone_) software_.select(number_);
  if (!software_.has_shared_pcid()) throw std::logic_error(what);
  throw InputError(
      what,
      "an entry of a TLB or structure cache is stale. A CR3 write that keeps TLBs (bit 63) has "
      "given a PCID to another address space: drop the first one's entries before, or leave bit 63 "
      "clear");
}

// ---- LT ----------------------------------------------------------------------------------------

size_t ProcessorCore::settle(const Reference* first, const Reference* last, uint64_t& issued) {
  const Reference* end = first;
  try {
    if (is_fused()) {
      settle_fused(end, last);
    } else {
      recent_epoch_.reset();
      settle_hits(end, last);
    }
  } catch (const InputError&) {
    issued += static_cast<size_t>(end - first);
    throw;
  }
  const auto settled = static_cast<size_t>(end - first);
  issued += settled;
  counters.references += settled;
  for (; first != end; ++first) counters.instructions += first->instructions;
  return settled;
}

/// References by which the host fetches table entries ahead of the walks that read them.
constexpr std::ptrdiff_t kAhead = 16;

/// Has the host fetch what walks of the references from `begin` to `end` will read, and for as far
/// again what tells where that is. Returns the first one that is left.
inline const Reference* ProcessorCore::look_ahead(const Reference* begin, const Reference* end,
                                                  const Reference* last) const {
  const bool directories = fused_path_.reach() == WalkReach::kDirectories;
  const KnownMappings& known = software_.known_mappings();
  const Reference* one = begin;
  for (; one < end; ++one) {
    if (last - one > kAhead) known.prefetch_tables(GuestVirtual(one[kAhead].address));
    const GuestVirtual address(one->address);
    if (const RegionTables* const tables = known.tables_of(address))
      tables->for_each_entry(address, directories,
                             [this](HostPhysical entry) { fused_path_.prefetch(entry); });
    else
      known.prefetch_page(address);
  }
  return one;
}

inline bool ProcessorCore::access_fused(GuestVirtual address, Access access, bool absent) {
  bool served = false;
  const FusedPath::Outcome outcome = fused_path_.translate(
      address, access, absent, [&] { return served = serve_uncounted(address, access); });
  if (outcome.fault) faulted_ = address;
  require_no_fault();
  if (config_.data_path && access.kind != AccessKind::kExecute)
    fused_path_.access_data(outcome.place);
  return served;
}

/// Moves `end` past what it settles.
void ProcessorCore::settle_fused(const Reference*& end, const Reference* last) {
  const uint64_t software_before = software_cycles();
  L1Tlb::View view = fused_path_.view();
  const Reference* one = end;
  const Reference* ahead = end;  // the first one whose entries are not fetched yet
  while (one != last) {
    const Hits hits = config_.data_path ? access_hits(view, one, last) : skip_hits(view, one, last);
    fused_path_.count_hits(static_cast<size_t>(hits.end - one));
    one = hits.end;
    if (!hits.miss) break;
    const GuestVirtual address(one->address);
    const Access access{one->kind == ReferenceKind::kStore ? AccessKind::kWrite : AccessKind::kRead,
                        true};
    end = one;  // it may throw
    if (access_fused(address, access, hits.absent)) view = fused_path_.view();
    follow(view, address);
    ++one;
    // One by one: the host fetches few lines at a time, and waits where many are asked for at once.
    if (fused_path_.reach() != WalkReach::kNear)
      ahead = look_ahead(std::max(one, ahead), one + std::min(kAhead, last - one), last);
  }
  end = one;
  count_fused(false, software_before);
}

void ProcessorCore::read_recent(const L1Tlb::View& view) {
  if (recent_epoch_ == fused_path_.epoch()) return;
  recent_.read(view);
  recent_epoch_ = fused_path_.epoch();
}

/// Has `recent_` see what an access to the page of `address` has changed.
void ProcessorCore::follow(const L1Tlb::View& view, GuestVirtual address) {
  if (recent_epoch_ == fused_path_.epoch())
    recent_.read(view, address);
  else
    recent_epoch_.reset();
}

/// Small, so that all it needs stays in registers: most references of most programs pass here.
ProcessorCore::Hits ProcessorCore::skip_hits(const L1Tlb::View& shared, const Reference* one,
                                             const Reference* last) {
  const L1Tlb::View view = shared;
  read_recent(view);
  while (true) {
    if (recent_.knows())
      while (one != last && recent_.serve(*one)) ++one;
    if (one == last || !is_data(*one) || crosses_a_page(*one)) return {one};
    const GuestVirtual address(one->address);
    const L1Tlb::View::Look look = view.look(address, one->kind == ReferenceKind::kStore);
    if (look.entry == nullptr) return {one, true, look.absent};
    recent_.note(address, *look.entry);
    ++one;
  }
}

/// The same where data is accessed.
ProcessorCore::Hits ProcessorCore::access_hits(const L1Tlb::View& view, const Reference* one,
                                               const Reference* last) {
  while (one != last && is_data(*one) && !crosses_a_page(*one)) {
    const L1Tlb::View::Look look =
        view.look(GuestVirtual(one->address), one->kind == ReferenceKind::kStore);
    if (look.entry == nullptr) return {one, true, look.absent};
    access_page(*look.entry, *one);
    ++one;
    while (one != last && access_recent(view, *one)) ++one;
  }
  return {one};
}

/// Accesses data if the reference hits a most recently used entry.
bool ProcessorCore::access_recent(const L1Tlb::View& view, const Reference& reference) {
  if (!is_data(reference) || crosses_a_page(reference)) return false;
  const TlbEntry* const entry =
      view.find_recent(GuestVirtual(reference.address), reference.kind == ReferenceKind::kStore);
  if (entry == nullptr) return false;
  access_page(*entry, reference);
  return true;
}

void ProcessorCore::access_page(const TlbEntry& entry, const Reference& reference) {
  fused_path_.access_data(entry.page() + GuestVirtual(reference.address).offset());
}

/// Moves `end` past what it settles.
void ProcessorCore::settle_hits(const Reference*& end, const Reference* last) {
  L1HitPath path = l1_hit_path;  // of its own, so that the loop keeps it in registers
  const Reference* one = end;
  for (; one != last; ++one) {
    const GuestVirtual address(one->address);
    if (!is_data(*one) || crosses_a_page(*one) ||
        !path.settle(address, one->kind == ReferenceKind::kStore))
      break;
  }
  l1_hit_path.count(static_cast<uint64_t>(one - end));
  end = one;
}

void ProcessorCore::access(GuestVirtual address, Access access, uint8_t size) {
  if (is_fused()) {
    const bool fetch = access.kind == AccessKind::kExecute;
    const uint64_t software_before = software_cycles();
    access_fused(address, access, false);
    if (!fetch) follow(fused_path_.view(), address);  // fetches have a TLB of their own
    count_fused(fetch, software_before);
  } else {
    recent_epoch_.reset();
    transact(address, access, size);
  }
}

/// Counts what accesses without transactions took since the last time, and the software since
/// `software_before` of its cycles. `fetch`: they were fetches.
void ProcessorCore::count_fused(bool fetch, uint64_t software_before) {
  const FusedPath::Times times = fused_path_.collect();
  count_translation(times.translation, fetch);
  count_data(times.data, times.data_accesses);
  counters.software += software_cycles() - software_before;
}

void ProcessorCore::transact(GuestVirtual address, Access access, uint8_t size) {
  serve(address, access);
  Slot& slot = *slots_.front();
  prepare(slot, address, access, size);
  sc_core::sc_time delay = local_;
  socket->b_transport(slot.payload, delay);
  account(slot, delay - local_);
  require_no_fault();
}

const TranslationExtension& ProcessorCore::translate(GuestVirtual address, Access access) {
  serve(address, access);
  Slot& slot = *slots_.front();
  prepare(slot, address, access, 1);
  slot.extension.translate_only = true;
  sc_core::sc_time delay;
  socket->b_transport(slot.payload, delay);
  if (slot.extension.fault) faulted_ = address;
  require_no_fault();
  return slot.extension;
}

sc_core::sc_time ProcessorCore::catch_up() {
  const uint64_t cycles = this->cycles();
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  local_ = clock_.later(now + local_, cycles - timed_cycles_) - now;
  timed_cycles_ = cycles;
  if (local_ < clock_.cycles(config_.quantum)) return sc_core::SC_ZERO_TIME;
  return std::exchange(local_, sc_core::SC_ZERO_TIME);
}

void ProcessorCore::start_over() {
  counters = {};
  timed_cycles_ = 0;
}

// ---- AT ----------------------------------------------------------------------------------------

void ProcessorCore::advance() {
  const uint64_t cycles =
      static_cast<uint64_t>(std::llround(static_cast<double>(counters.instructions) * pace_.cpi)) +
      counters.control + counters.software;
  ready = clock_.later(ready, cycles - timed_cycles_);
  timed_cycles_ = cycles;
}

void ProcessorCore::approach(uint32_t instructions) {
  const uint64_t before = timed_cycles_;
  counters.instructions += instructions;
  advance();
  pending_ = {instructions, timed_cycles_ - before};
}

uint32_t ProcessorCore::take_back() {
  const Pending taken = std::exchange(pending_, {});
  counters.instructions -= taken.instructions;
  timed_cycles_ -= taken.cycles;
  ready -= clock_.cycles(taken.cycles);
  return taken.instructions;
}

bool ProcessorCore::settle_hit(GuestVirtual address, bool store) {
  const std::optional<HostPhysical> place = l1_hit_path.settle(address, store);
  if (!place) return false;
  l1_hit_path.count(1);
  if (watched_ && store) software_.stored(address, *place);
  return true;
}

void ProcessorCore::issue(GuestVirtual address, Access access, uint8_t size) {
  Slot& slot =
      **std::find_if(slots_.begin(), slots_.end(), [](const auto& one) { return !one->busy; });
  prepare(slot, address, access, size);
  slot.busy = true;
  slot.began = sc_core::sc_time_stamp();
  ++issued_;
  ++in_flight_;
  slot.payload.acquire();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay;
  // The MMU accepts at once, and completes within the call only what it refuses.
  const tlm::tlm_sync_enum status = socket->nb_transport_fw(slot.payload, phase, delay);
  if (status == tlm::TLM_COMPLETED) answer(slot.payload);
}

tlm::tlm_sync_enum ProcessorCore::nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                                  sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  answer(payload);
  return tlm::TLM_COMPLETED;
}

void ProcessorCore::answer(Payload& payload) {
  Slot& slot = **std::find_if(slots_.begin(), slots_.end(),
                              [&](const auto& one) { return &one->payload == &payload; });
  last_answer_ = sc_core::sc_time_stamp();
  account(slot, last_answer_ - slot.began);
  slot.busy = false;
  --in_flight_;
  slot.payload.release();
  answered_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace nestwalk
