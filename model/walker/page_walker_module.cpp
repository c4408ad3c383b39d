// SPDX-License-Identifier: Apache-2.0
#include "model/walker/page_walker_module.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "model/walker/plain_walk.h"

namespace nestwalk {

/// A walker taken for one request, as long as it is in scope.
class PageWalker::Taken {
 public:
  explicit Taken(Walk& walk) : walk_(walk) {}
  ~Taken() {
    if (walk_.read.get_ref_count() != 0) walk_.read.release();  // the read has thrown
    walk_.request = nullptr;
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

 private:
  Walk& walk_;
};

PageWalker::Walk::Walk() {
  read.set_command(tlm::TLM_READ_COMMAND);
  read.set_data_ptr(reinterpret_cast<unsigned char*>(&entry));
  read.set_data_length(sizeof entry);
  read.set_streaming_width(sizeof entry);
  read.set_extension(&served);
  look_up.set_extension(&segment);
  look_up.set_extension(&structure);
  look_up.set_extension(&nested);
}

PageWalker::PageWalker(const sc_core::sc_module_name& name, const WalkerConfig& config,
                       const WalkStructures& asked, const LatencyTable& latency, const Clock& clock,
                       const uint32_t& epoch)
    : sc_core::sc_module(name),
      config_(config),
      structures_(asked),
      clock_(clock),
      ad_update_time_(clock.cycles(latency.ad_update)),
      epoch_(epoch),
      reads_(tables,
             [this](Payload& read, const sc_core::sc_time& delay) { entry_arrived(read, delay); }),
      responses_(requests) {
  if (config_.count == 0) throw std::invalid_argument("a walker makes at least one walk at a time");
  for (uint32_t i = 0; i < config_.count; ++i) walks_.push_back(std::make_unique<Walk>());
  requests.bind(*this);
  for (InitiatorSocket* socket : {&tables, &segments, &structures, &nested_tlb})
    socket->bind(*this);
  SC_HAS_PROCESS(PageWalker);
  SC_METHOD(on_due);
  sensitive << due_.event();
  dont_initialize();
}

PageWalker::~PageWalker() = default;

size_t PageWalker::walking() const {
  return static_cast<size_t>(std::count_if(
      walks_.begin(), walks_.end(), [](const auto& walk) { return walk->request != nullptr; }));
}

PageWalk PageWalker::probe(const TranslationContext& context, GuestVirtual address, Access access) {
  return walk_plain(context, address, access,
                    [this](HostPhysical entry) { return contents_.read_word(entry); });
}

// ---- LT: one walk is one call. -----------------------------------------------------------------

void PageWalker::b_transport(Payload& payload, sc_core::sc_time& delay) {
  if (extension(payload).operation == TranslationExtension::Operation::kDirtyAssist) {
    assist_dirty(payload);
    return;
  }
  Walk& walk = idle_walk();
  const Taken taken(walk);
  begin(walk, payload, 0);
  // Memory may wait within b_transport: only absolute times tell what a call took.
  const auto now = [&delay] { return sc_core::sc_time_stamp() + delay; };
  const sc_core::sc_time began = now();
  while (settle(walk, delay) == PageWalk::Need::kRead) {
    prepare_read(walk, now());
    tables->b_transport(walk.read, delay);
    take_entry(walk, now());
  }
  count(walk, now() - began);
  answer(walk, payload, TranslationSource::kWalk);
}

PageWalker::Walk& PageWalker::idle_walk() {
  for (const auto& walk : blocking_walks_)
    if (walk->request == nullptr) return *walk;
  // The first, or a memory waits within b_transport, and another thread comes in meanwhile.
  blocking_walks_.push_back(std::make_unique<Walk>());
  return *blocking_walks_.back();
}

// ---- What LT and AT share: everything but the waiting. -----------------------------------------

void PageWalker::begin(Walk& walk, Payload& request, uint64_t waited) {
  walk.request = &request;
  walk.asked = &extension(request);
  walk.waited = waited;
  walk.reads.clear();
  walk.machine.start(*walk.asked->context, structures_, GuestVirtual(request.get_address()),
                     walk.asked->access);
}

PageWalk::Need PageWalker::settle(Walk& walk, sc_core::sc_time& delay) {
  PageWalk& machine = walk.machine;
  while (true) {
    const PageWalk::Need need = machine.advance();
    const sc_core::sc_time before = delay;
    switch (need) {
      case PageWalk::Need::kRead:
      case PageWalk::Need::kDone:
        return need;
      case PageWalk::Need::kGuestCheck:
        look_up_segment(walk, Dimension::kGuest, machine.virtual_address().value(), PageSize::k1G,
                        delay);
        break;
      case PageWalk::Need::kVmmCheck:
        look_up_segment(walk, Dimension::kNested, machine.physical_address().value(),
                        machine.widest_useful(), delay);
        break;
      case PageWalk::Need::kGuestStructure:
        look_up_structure(walk, Dimension::kGuest, machine.virtual_address().value(), delay);
        break;
      case PageWalk::Need::kNestedStructure:
        look_up_structure(walk, Dimension::kNested, machine.physical_address().value(), delay);
        break;
      case PageWalk::Need::kNestedTlb:
        look_up_nested(walk, delay);
        break;
      case PageWalk::Need::kSetBits:
        set_bits(machine.host_address(), machine.bits());
        delay += ad_update_time_;
        break;
      case PageWalk::Need::kFillGuestStructure:
        keep_structure(walk, Dimension::kGuest, machine.virtual_address().value());
        break;
      case PageWalk::Need::kFillNestedStructure:
        keep_structure(walk, Dimension::kNested, machine.physical_address().value());
        break;
      case PageWalk::Need::kFillNestedTlb:
        keep_nested(walk);
        break;
    }
    if (observer_ != nullptr) note(walk, need, delay - before);
  }
}

void PageWalker::look_up_segment(Walk& walk, Dimension dimension, uint64_t address,
                                 PageSize at_most, sc_core::sc_time& delay) {
  walk.segment.answer.widest = at_most;
  walk.segment.dimension = dimension;
  walk.segment.context = walk.asked->context;
  walk.look_up.set_read();
  walk.look_up.set_address(address);
  segments->b_transport(walk.look_up, delay);
  walk.machine.supply_check(walk.segment.answer);
}

void PageWalker::look_up_structure(Walk& walk, Dimension dimension, uint64_t address,
                                   sc_core::sc_time& delay) {
  walk.structure.dimension = dimension;
  walk.structure.tags = walk.asked->tags;
  walk.structure.outdated = !is_current(walk);
  walk.look_up.set_read();
  walk.look_up.set_address(address);
  structures->b_transport(walk.look_up, delay);
  walk.machine.supply_structure(walk.structure.answer);
}

void PageWalker::keep_structure(Walk& walk, Dimension dimension, uint64_t address) {
  if (!is_current(walk)) return;
  walk.structure.dimension = dimension;
  walk.structure.tags = walk.asked->tags;
  walk.structure.answer = walk.machine.structure_fill();
  walk.look_up.set_write();
  walk.look_up.set_address(address);
  sc_core::sc_time none;
  structures->b_transport(walk.look_up, none);
}

void PageWalker::look_up_nested(Walk& walk, sc_core::sc_time& delay) {
  walk.nested.tags = walk.asked->tags;
  walk.nested.outdated = !is_current(walk);
  walk.look_up.set_read();
  walk.look_up.set_address(walk.machine.physical_address().value());
  nested_tlb->b_transport(walk.look_up, delay);
  walk.machine.supply_nested(walk.nested.answer);
}

void PageWalker::keep_nested(Walk& walk) {
  if (!is_current(walk)) return;
  walk.nested.tags = walk.asked->tags;
  walk.nested.answer = walk.machine.nested_fill();
  walk.look_up.set_write();
  walk.look_up.set_address(walk.machine.physical_address().value());
  sc_core::sc_time none;
  nested_tlb->b_transport(walk.look_up, none);
}

bool PageWalker::is_current(const Walk& walk) const {
  return walk.asked->epoch == epoch_;
}

void PageWalker::prepare_read(Walk& walk, const sc_core::sc_time& now) {
  walk.read_began = now;
  walk.entry = 0;
  walk.served.served_by = MemoryLevel::kMemory;  // unless who answers says otherwise
  walk.read.acquire();
  walk.read.set_address(walk.machine.host_address().value());
  walk.read.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  walk.read.set_dmi_allowed(false);
}

void PageWalker::take_entry(Walk& walk, const sc_core::sc_time& now) {
  // Where no memory answers the entry is 0: not present.
  if (!walk.read.is_response_ok()) walk.entry = 0;
  walk.read.release();
  walk.reads.push_back(
      {walk.machine.guest_level(), walk.machine.nested_level(), walk.served.served_by});
  if (observer_ != nullptr) note(walk, PageWalk::Need::kRead, now - walk.read_began);
  walk.machine.supply_entry(walk.entry);
}

void PageWalker::note(const Walk& walk, PageWalk::Need need, const sc_core::sc_time& duration) {
  observer_->on_step(walk.machine, {need, found(walk, need), clock_.count(duration),
                                    walk.served.served_by, walk.entry});
}

LookUpResult PageWalker::found(const Walk& walk, PageWalk::Need need) {
  const auto hit_if = [](bool hit) { return hit ? LookUpResult::kHit : LookUpResult::kMiss; };
  switch (need) {
    case PageWalk::Need::kGuestCheck:
    case PageWalk::Need::kVmmCheck: {
      const SegmentCheck& check = walk.segment.answer;
      return check.escaped ? LookUpResult::kEscaped : hit_if(check.maps());
    }
    case PageWalk::Need::kGuestStructure:
    case PageWalk::Need::kNestedStructure:
      return hit_if(walk.structure.answer.level != 0);
    case PageWalk::Need::kNestedTlb: {
      const bool hit = walk.nested.answer.hit;
      return hit && !walk.machine.nested_hit_suffices() ? LookUpResult::kDenied : hit_if(hit);
    }
    default:
      return LookUpResult::kNone;
  }
}

void PageWalker::answer(const Walk& walk, Payload& request, TranslationSource source) {
  TranslationExtension& asked = extension(request);
  asked.source = source;
  if (walk.machine.fault()) {
    asked.fault = walk.machine.fault();
    request.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  asked.fault = {};
  request.set_response_status(tlm::TLM_OK_RESPONSE);
  asked.translation = walk.machine.translation();
  asked.translation.address = asked.translation.address.align_down(PageSize::k4K) +
                              GuestVirtual(request.get_address()).offset();
}

void PageWalker::count(const Walk& walk, const sc_core::sc_time& duration) {
  if (observer_ != nullptr) note(walk, PageWalk::Need::kDone, sc_core::SC_ZERO_TIME);
  WalkStatistics& counts = statistics_of(*walk.asked);
  counts.count(walk.machine);
  if (walk.machine.fault()) return;
  counts.wait.add(walk.waited);
  counts.count_time(clock_.count(duration));
  for (const TableRead& read : walk.reads) {
    counts.count_read(read.guest_level, read.nested_level);
    counts.count_served(read.from);
  }
}

void PageWalker::set_bits(HostPhysical entry, uint64_t bits) {
  if (!contents_.set_bits(entry, bits))
    SC_REPORT_ERROR(name(),
                    "A and D cannot be set: what is bound to `tables` serves neither DMI nor "
                    "transport_dbg");
}

void PageWalker::assist_dirty(Payload& request) {
  TranslationExtension& asked = extension(request);
  const PageWalk walk = walk_plain(
      *asked.context, GuestVirtual(request.get_address()), asked.access,
      [this](HostPhysical entry) { return contents_.read_word(entry); },
      [this](HostPhysical entry, uint64_t bits) { set_bits(entry, bits); });
  ++statistics.dirty_assists;
  // It faults where the guest's table may not be written (EPT without A and D).
  asked.fault = walk.fault();
  request.set_response_status(asked.fault ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

// ---- AT: requests queue, walks overlap, misses on one page merge. ------------------------------

tlm::tlm_sync_enum PageWalker::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                               sc_core::sc_time& delay) {
  if (const auto answer = responses_.receive(payload, phase, delay)) return *answer;
  payload.acquire();
  if (!has_room()) {
    blocked_ = Queued{&payload, sc_core::sc_time_stamp() + delay};
    return tlm::TLM_ACCEPTED;
  }
  ++arriving_;
  due_.push({Step::kArrive, &payload, nullptr}, delay);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void PageWalker::arrive(Payload& request) {
  --arriving_;
  if (join(request)) {
    admit_blocked();
    return;
  }
  queue_.push_back({&request, sc_core::sc_time_stamp()});
  start_queued();
}

bool PageWalker::join(Payload& request) {
  if (!config_.coalesce) return false;
  for (const auto& walk : walks_)
    if (walk->request != nullptr && same_page(*walk->request, request)) {
      walk->merged.push_back({&request, sc_core::sc_time_stamp()});
      return true;
    }
  return false;
}

bool PageWalker::same_page(Payload& a, Payload& b) const {
  const TranslationExtension& one = extension(a);
  const TranslationExtension& other = extension(b);
  return GuestVirtual(a.get_address()).page() == GuestVirtual(b.get_address()).page() &&
         one.context == other.context && one.epoch == other.epoch;
}

void PageWalker::start_queued() {
  while (!queue_.empty()) {
    const auto free = std::find_if(walks_.begin(), walks_.end(),
                                   [](const auto& walk) { return walk->request == nullptr; });
    if (free == walks_.end()) break;
    const Queued next = queue_.front();
    queue_.pop_front();
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    Walk& walk = **free;
    begin(walk, *next.request, clock_.count(now - next.arrived));
    walk.began = now;
    take_along(walk);
    go_on(walk);
  }
  admit_blocked();
}

/// What waits in the queue for the same page waits for the walk now.
void PageWalker::take_along(Walk& walk) {
  if (!config_.coalesce) return;
  const auto joins = [&](const Queued& queued) {
    return same_page(*walk.request, *queued.request);
  };
  for (const Queued& queued : queue_)
    if (joins(queued)) walk.merged.push_back(queued);
  queue_.erase(std::remove_if(queue_.begin(), queue_.end(), joins), queue_.end());
}

bool PageWalker::has_room() const {
  const auto idle = static_cast<size_t>(std::count_if(
      walks_.begin(), walks_.end(), [](const auto& walk) { return walk->request == nullptr; }));
  return arriving_ + queue_.size() < config_.queue + idle;
}

void PageWalker::admit_blocked() {
  if (!blocked_ || !has_room()) return;
  const Queued held = *std::exchange(blocked_, std::nullopt);
  ++arriving_;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  sc_core::sc_time delay = held.arrived > now ? held.arrived - now : sc_core::SC_ZERO_TIME;
  due_.push({Step::kArrive, held.request, nullptr}, delay);
  tlm::tlm_phase phase = tlm::END_REQ;
  requests->nb_transport_bw(*held.request, phase, delay);
}

void PageWalker::go_on(Walk& walk) {
  sc_core::sc_time delay;
  if (settle(walk, delay) == PageWalk::Need::kRead) {
    prepare_read(walk, sc_core::sc_time_stamp() + delay);
    walk.reads_entry = true;
    reads_.send(walk.read, delay);
  } else if (delay != sc_core::SC_ZERO_TIME) {
    due_.push({Step::kFinish, nullptr, &walk}, delay);
  } else {
    finish(walk);
  }
}

void PageWalker::entry_arrived(const Payload& read, const sc_core::sc_time& delay) {
  const auto walk = std::find_if(walks_.begin(), walks_.end(),
                                 [&](const auto& one) { return &one->read == &read; });
  if (walk == walks_.end() || !(*walk)->reads_entry) {
    SC_REPORT_ERROR(name(), kAnswerToNone);
    return;
  }
  (*walk)->reads_entry = false;
  due_.push({Step::kContinue, nullptr, walk->get()}, delay);
}

void PageWalker::finish(Walk& walk) {
  count(walk, sc_core::sc_time_stamp() - walk.began);
  Payload& request = *walk.request;
  answer(walk, request, TranslationSource::kWalk);
  respond(request);
  for (const Queued& other : walk.merged) finish_merged(walk, other);
  walk.merged.clear();
  walk.request = nullptr;
  start_queued();
}

void PageWalker::finish_merged(const Walk& walk, const Queued& merged) {
  Payload& request = *merged.request;
  const Access access = extension(request).access;
  const Translation& translation = walk.machine.translation();
  const bool served = !walk.machine.fault() && translation.allowed.allows(access) &&
                      (access.kind != AccessKind::kWrite || translation.dirty);
  if (!served) {  // Another's answer does not do: rights differ, or D must be set by a walk.
    queue_.push_back(merged);
    return;
  }
  ++statistics_of(extension(request)).merged;
  answer(walk, request, TranslationSource::kMerged);
  respond(request);
}

void PageWalker::respond(Payload& request) {
  responses_.send(request);
  request.release();
}

void PageWalker::on_due() {
  Due due;
  while (due_.pop(due)) {
    switch (due.step) {
      case Step::kArrive:
        arrive(*due.request);
        break;
      case Step::kContinue:
        take_entry(*due.walk, sc_core::sc_time_stamp());
        go_on(*due.walk);
        break;
      case Step::kFinish:
        finish(*due.walk);
        break;
    }
  }
}

}  // namespace nestwalk
