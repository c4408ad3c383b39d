// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l1_tlb_module.h"

#include <algorithm>
#include <utility>

#include "model/random/split_mix.h"
#include "model/tlm/access_order.h"

namespace nestwalk {
namespace {

bool crosses_a_page(const tlm::tlm_generic_payload& payload) {
  return GuestVirtual(payload.get_address()).offset() + touched_bytes(payload) >
         bytes(PageSize::k4K);
}

}  // namespace

/// Gives a payload the hPA, and the gVA back at the end of its scope.
class L1TlbModule::AddressGuard {
 public:
  AddressGuard(Payload& payload, HostPhysical address)
      : payload_(payload), original_(payload.get_address()) {
    payload.set_address(address.value());
  }
  ~AddressGuard() { payload_.set_address(original_); }
  AddressGuard(const AddressGuard&) = delete;
  AddressGuard& operator=(const AddressGuard&) = delete;

 private:
  Payload& payload_;
  uint64_t original_;
};

/// A blocking request while it is inside: counted, with its context kept, and with an extension if
/// it came without.
class L1TlbModule::Inside {
 public:
  Inside(L1TlbModule& owner, Payload& payload)
      : owner_(owner), payload_(payload), hold_(owner.registers_.hold()) {
    ++owner.blocking_;
    request_ = TranslationExtension::get(payload);
    if (request_ == nullptr) payload.set_extension(request_ = &own_);
    asked_ = request_->access;
  }
  ~Inside() {
    request_->access = asked_;
    if (request_ == &own_) payload_.clear_extension(request_);
    --owner_.blocking_;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  TranslationExtension& request() { return *request_; }
  bool owns_request() const { return request_ == &own_; }

 private:
  L1TlbModule& owner_;
  Payload& payload_;
  ContextRegisters::Hold hold_;
  TranslationExtension own_;
  TranslationExtension* request_;
  Access asked_;
};

/// The backward path of one of the two initiator sockets.
class L1TlbModule::Backward : public tlm::tlm_bw_transport_if<> {
 public:
  Backward(L1TlbModule& owner, RequestPort& port) : owner_(owner), port_(port) {}

 private:
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return port_.receive(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {
    owner_.withdraw_grants();  // physical ranges say nothing of the gVAs that map to them
  }

  L1TlbModule& owner_;
  RequestPort& port_;
};

L1TlbModule::L1TlbModule(const sc_core::sc_module_name& name, const Config& config,
                         const LatencyTable& latency, const Clock& clock,
                         const ContextRegisters& registers, Probe probe)
    : sc_core::sc_module(name),
      data_tlb_(config.data, seed_of_part(config.seed, 0)),
      instruction_tlb_(config.instruction, seed_of_part(config.seed, 1)),
      dirty_assist_time_(clock.cycles(latency.dirty_assist)),
      registers_(registers),
      probe_(std::move(probe)),
      free_translation_(config.free_translation),
      translation_requests_(translations,
                            [this](Payload& payload, const sc_core::sc_time& delay) {
                              answered(payload, Asked::kTranslations, Step::kTranslated, delay);
                            }),
      memory_requests_(memory,
                       [this](Payload& payload, const sc_core::sc_time& delay) {
                         answered(payload, Asked::kMemory, Step::kAccessed, delay);
                       }),
      responses_(cpu),
      translation_path_(std::make_unique<Backward>(*this, translation_requests_)),
      memory_path_(std::make_unique<Backward>(*this, memory_requests_)) {
  cpu.bind(*this);
  translations.bind(*translation_path_);
  memory.bind(*memory_path_);
  SC_HAS_PROCESS(L1TlbModule);
  SC_METHOD(on_due);
  sensitive << due_.event();
  dont_initialize();
}

L1TlbModule::~L1TlbModule() = default;

// ---- LT ----------------------------------------------------------------------------------------

void L1TlbModule::b_transport(Payload& payload, sc_core::sc_time& delay) {
  if (refuse(payload)) return;
  Inside inside(*this, payload);
  TranslationExtension& request = inside.request();
  enter(payload, request, inside.owns_request());
  const sc_core::sc_time began = sc_core::sc_time_stamp() + delay;
  if (!look_up(payload, request, delay)) {
    translations->b_transport(payload, delay);
    take_answer(payload, request, delay);
  }
  request.translation_time = sc_core::sc_time_stamp() + delay - began;
  if (request.fault || !forwards(request)) return;
  const AddressGuard guard(payload, request.translation.address);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  memory->b_transport(payload, delay);
}

// ---- What LT and AT share ----------------------------------------------------------------------

bool L1TlbModule::refuse(Payload& payload) {
  if (!crosses_a_page(payload)) return false;
  if (TranslationExtension* const request = TranslationExtension::get(payload)) request->fault = {};
  payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  return true;
}

void L1TlbModule::enter(const Payload& payload, TranslationExtension& request,
                        bool own_extension) const {
  if (own_extension) request.access = {AccessKind::kRead, true};
  if (payload.is_write()) request.access.kind = AccessKind::kWrite;
  request.operation = TranslationExtension::Operation::kTranslate;
  request.context = &registers_.context();
  request.tags = registers_.tags();
  request.epoch = registers_.epoch();
  request.source = TranslationSource::kL1Tlb;
  request.fault = {};
}

bool L1TlbModule::look_up(Payload& payload, TranslationExtension& request,
                          sc_core::sc_time& delay) {
  const GuestVirtual address(payload.get_address());
  L1Tlb::Hit hit;
  // A request from before a change takes nothing that was kept after it.
  if (request.epoch == registers_.epoch())
    hit = tlb(request.access.kind).locate(address, request.access, request.tags);
  hits(request.access.kind).count(static_cast<bool>(hit));
  const bool must_set_dirty =
      hit && request.access.kind == AccessKind::kWrite && !hit.entry().dirty();
  if (!hit || (must_set_dirty && free_translation_)) return translates_freely(payload, request);
  request.translation = {hit.translate(address),      hit.size,
                         hit.entry().allowed(),       must_set_dirty || hit.entry().dirty(),
                         hit.is_global(request.tags), hit.entry().cut_from()};
  if (must_set_dirty) {
    assist_dirty(payload, request, delay);
    if (request.fault) return true;
    // It may have waited: then another access may have moved the entry, or a change dropped it.
    hit = request.epoch == registers_.epoch()
              ? tlb(request.access.kind).locate(address, request.access, request.tags)
              : L1Tlb::Hit();
    if (hit) hit.entry().set_dirty();
  }
  if (hit) L1Tlb::touch(hit);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

bool L1TlbModule::translates_freely(Payload& payload, TranslationExtension& request) {
  if (!free_translation_) return false;
  const PageWalk walk =
      probe_(*request.context, GuestVirtual(payload.get_address()), request.access);
  if (walk.fault()) return false;
  request.translation = walk.translation();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  fill(payload, request);  // so that data takes what it takes after a hit
  return true;
}

void L1TlbModule::take_answer(Payload& payload, TranslationExtension& request,
                              sc_core::sc_time& delay) {
  const bool store = request.access.kind == AccessKind::kWrite;
  if (!request.fault && store && !request.translation.dirty) {  // it hit the L2 TLB
    if (!is_dirty_here(payload, request)) assist_dirty(payload, request, delay);
    request.translation.dirty = true;
  }
  fill(payload, request);
}

/// Whether another store to the page has filled the TLB and set D while this one was under way.
bool L1TlbModule::is_dirty_here(const Payload& payload, const TranslationExtension& request) {
  if (request.epoch != registers_.epoch()) return false;
  const L1Tlb::Hit hit =
      tlb(request.access.kind)
          .locate(GuestVirtual(payload.get_address()), request.access, request.tags);
  return hit && hit.entry().dirty();
}

void L1TlbModule::assist_dirty(Payload& payload, TranslationExtension& request,
                               sc_core::sc_time& delay) {
  request.operation = TranslationExtension::Operation::kDirtyAssist;
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time unused;  // the assist has a time of its own
  translations->b_transport(payload, unused);
  request.operation = TranslationExtension::Operation::kTranslate;
  delay += dirty_assist_time_;
}

void L1TlbModule::fill(const Payload& payload, const TranslationExtension& request) {
  if (request.fault || request.epoch != registers_.epoch()) return;
  tlb(request.access.kind)
      .insert(GuestVirtual(payload.get_address()), request.translation, request.tags);
}

bool L1TlbModule::forwards(const TranslationExtension& request) const {
  return !request.translate_only && memory.size() != 0;
}

// ---- AT ----------------------------------------------------------------------------------------

tlm::tlm_sync_enum L1TlbModule::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                                sc_core::sc_time& delay) {
  if (const auto answer = responses_.receive(payload, phase, delay)) return *answer;
  if (find_in_flight(payload) != in_flight_.end()) {
    SC_REPORT_ERROR(name(), kSentTwice);
    return tlm::TLM_COMPLETED;
  }
  if (refuse(payload)) return tlm::TLM_COMPLETED;
  payload.acquire();
  TranslationExtension* extension = TranslationExtension::get(payload);
  const bool owns = extension == nullptr;
  if (owns) payload.set_extension(extension = new TranslationExtension);
  const Access asked = extension->access;
  enter(payload, *extension, owns);
  in_flight_.push_back({&payload, extension, payload.get_address(), asked, owns,
                        sc_core::sc_time_stamp() + delay, registers_.hold(), State::kTranslating});
  due_.push({&payload, Step::kLookUp}, delay);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

std::vector<L1TlbModule::InFlight>::iterator L1TlbModule::find_in_flight(const Payload& payload) {
  return std::find_if(in_flight_.begin(), in_flight_.end(),
                      [&](const InFlight& one) { return one.payload == &payload; });
}

void L1TlbModule::later(Payload& payload, Step step, const sc_core::sc_time& delay) {
  due_.push({&payload, step}, delay);
}

void L1TlbModule::answered(Payload& payload, Asked by, Step next, const sc_core::sc_time& delay) {
  const auto entry = find_in_flight(payload);
  if (entry == in_flight_.end() || entry->asked_of != by) {
    SC_REPORT_ERROR(name(), kAnswerToNone);
    return;
  }
  entry->asked_of = Asked::kNobody;
  later(payload, next, delay);
}

void L1TlbModule::decide(Payload& payload) {
  sc_core::sc_time delay;
  if (look_up(payload, *find_in_flight(payload)->extension, delay)) {
    later(payload, Step::kTranslated, delay);
    return;
  }
  find_in_flight(payload)->asked_of = Asked::kTranslations;
  translation_requests_.send(payload, sc_core::SC_ZERO_TIME);
}

void L1TlbModule::translated(Payload& payload) {
  const InFlight& entry = *find_in_flight(payload);
  TranslationExtension& request = *entry.extension;
  sc_core::sc_time delay;
  if (request.source != TranslationSource::kL1Tlb) take_answer(payload, request, delay);
  request.translation_time = sc_core::sc_time_stamp() + delay - entry.began;
  if (delay == sc_core::SC_ZERO_TIME)
    access(payload);
  else
    later(payload, Step::kAccess, delay);
}

void L1TlbModule::access(Payload& payload) {
  InFlight& entry = *find_in_flight(payload);
  if (entry.extension->fault || !forwards(*entry.extension)) {
    respond(payload);
    return;
  }
  entry.state = State::kWaiting;
  ++waiting_;
  send_waiting();
}

bool L1TlbModule::is_behind_another(const InFlight& entry) const {
  for (const InFlight* older = in_flight_.data(); older != &entry; ++older)
    if (older->state != State::kAtMemory && forwards(*older->extension) &&
        must_keep_order(*older->payload, *entry.payload))
      return true;
  return false;
}

void L1TlbModule::send_waiting() {
  while (waiting_ != 0) {
    const auto next =
        std::find_if(in_flight_.begin(), in_flight_.end(), [this](const InFlight& one) {
          return one.state == State::kWaiting && !is_behind_another(one);
        });
    if (next == in_flight_.end()) return;
    next->state = State::kAtMemory;
    next->asked_of = Asked::kMemory;
    --waiting_;
    Payload& payload = *next->payload;
    payload.set_address(next->extension->translation.address.value());
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    memory_requests_.send(payload, sc_core::SC_ZERO_TIME);  // may bring further requests in
  }
}

void L1TlbModule::respond(Payload& payload) {
  const auto found = find_in_flight(payload);
  const InFlight entry = std::move(*found);
  in_flight_.erase(found);
  send_waiting();
  payload.set_address(entry.address);
  entry.extension->access = entry.asked;
  if (entry.owns_extension) {
    payload.clear_extension(entry.extension);
    entry.extension->free();
  }
  responses_.send(payload);
  payload.release();
}

void L1TlbModule::on_due() {
  Due due;
  while (due_.pop(due)) {
    switch (due.step) {
      case Step::kLookUp:
        decide(*due.payload);
        break;
      case Step::kTranslated:
        translated(*due.payload);
        break;
      case Step::kAccess:
        access(*due.payload);
        break;
      case Step::kAccessed:
        respond(*due.payload);
        break;
    }
  }
}

// ---- Debug and DMI: neither touches a TLB, a counter, an A or a D bit. -------------------------

unsigned L1TlbModule::transport_dbg(Payload& payload) {
  // Page by page: a debugger's access may cross pages.
  const uint64_t first = payload.get_address();
  unsigned char* const data = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  unsigned done = 0;
  while (done < length && memory.size() != 0) {
    const GuestVirtual address(first + done);
    const auto piece = static_cast<unsigned>(
        std::min<uint64_t>(length - done, bytes(PageSize::k4K) - address.offset()));
    PageWalk walk = probe_(registers_.context(), address, {AccessKind::kRead, false});
    if (walk.fault())
      walk = probe_(registers_.context(), address, {AccessKind::kRead, true});  // SMAP
    if (walk.fault()) break;
    payload.set_address(walk.translation().address.value());
    payload.set_data_ptr(data + done);
    payload.set_data_length(piece);
    const unsigned moved = memory->transport_dbg(payload);
    done += moved;
    if (moved != piece) break;
  }
  payload.set_address(first);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  return done;
}

bool L1TlbModule::is_open_to_all(GuestVirtual address, AccessKind kind) const {
  for (const bool user : {true, false}) {
    const PageWalk walk = probe_(registers_.context(), address, {kind, user});
    if (walk.fault() || walk.ad_updates() != 0) return false;
  }
  return true;
}

bool L1TlbModule::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  const GuestVirtual address(payload.get_address());
  const GuestVirtual page = address.align_down(PageSize::k4K);
  dmi.init();
  dmi.set_start_address(page.value());
  dmi.set_end_address(page.value() + mask(PageSize::k4K));
  if (memory.size() == 0) return false;
  const bool writable = is_open_to_all(address, AccessKind::kWrite);
  if (!is_open_to_all(address, AccessKind::kRead) || (payload.is_write() && !writable))
    return false;
  const HostPhysical place =
      probe_(registers_.context(), address, {AccessKind::kRead, true}).translation().address;
  const uint64_t frame = place.align_down(PageSize::k4K).value();
  tlm::tlm_dmi physical;
  bool granted = false;
  {
    const AddressGuard guard(payload, place);
    granted = memory->get_direct_mem_ptr(payload, physical);
  }
  // Cut to the page, and to what memory speaks of.
  const uint64_t first = std::max<uint64_t>(frame, physical.get_start_address());
  const uint64_t last = std::min<uint64_t>(frame + mask(PageSize::k4K), physical.get_end_address());
  dmi.set_start_address(page.value() + (first - frame));
  dmi.set_end_address(page.value() + (last - frame));
  if (!granted || !physical.is_read_allowed() ||
      (payload.is_write() && !physical.is_write_allowed()))
    return false;
  dmi.set_dmi_ptr(physical.get_dmi_ptr() + (first - physical.get_start_address()));
  dmi.set_read_latency(physical.get_read_latency());
  dmi.set_write_latency(physical.get_write_latency());
  dmi.set_granted_access(writable && physical.is_write_allowed()
                             ? tlm::tlm_dmi::DMI_ACCESS_READ_WRITE
                             : tlm::tlm_dmi::DMI_ACCESS_READ);
  granted_ = true;
  return true;
}

void L1TlbModule::withdraw_grants() {
  if (!granted_) return;
  granted_ = false;
  cpu->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
}

}  // namespace nestwalk
