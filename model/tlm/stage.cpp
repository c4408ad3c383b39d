// SPDX-License-Identifier: Apache-2.0
#include "model/tlm/stage.h"

#include <algorithm>

#include "model/tlm/access_order.h"

namespace nestwalk {

Stage::Stage(const sc_core::sc_module_name& name, size_t ports, const Timing& timing, Order order)
    : sc_core::sc_module(name),
      timing_(timing),
      order_(order),
      requests_(downstream, [this](Payload& payload, const sc_core::sc_time& delay) {
        answered(payload, delay);
      }) {
  for (size_t i = 0; i < ports; ++i) ports_.push_back(std::make_unique<Port>("upstream", *this, i));
  downstream.bind(*this);
  SC_HAS_PROCESS(Stage);
  SC_METHOD(on_due);
  sensitive << due_.event();
  dont_initialize();
}

Stage::~Stage() = default;

tlm::tlm_target_socket<64>& Stage::upstream(size_t port) {
  return ports_.at(port)->socket;
}

tlm::tlm_sync_enum Stage::request(size_t port, Payload& payload, tlm::tlm_phase& phase,
                                  const sc_core::sc_time& delay) {
  if (const auto answer = ports_[port]->responses.receive(payload, phase, delay)) return *answer;
  if (find(payload) != in_flight_.end()) {
    SC_REPORT_ERROR(name(), kSentTwice);
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  in_flight_.push_back({&payload, port});
  phase = tlm::END_REQ;
  // Never decided within this call: a response must not overtake the END_REQ that is returned.
  due_.push({&payload, Step::kLookUp}, delay + timing_.look_up);
  return tlm::TLM_UPDATED;
}

std::vector<Stage::InFlight>::iterator Stage::find(const Payload& payload) {
  return std::find_if(in_flight_.begin(), in_flight_.end(),
                      [&](const InFlight& one) { return one.payload == &payload; });
}

bool Stage::is_behind_another(const InFlight& entry) const {
  for (const InFlight* older = in_flight_.data(); older != &entry; ++older)
    if (must_keep_order(*older->payload, *entry.payload)) return true;
  return false;
}

void Stage::decide(Payload& payload) {
  InFlight& entry = *find(payload);
  if (order_ == Order::kOfBytes && is_behind_another(entry)) {
    entry.waits = true;
    ++waiting_;
    return;
  }
  if (look_up(payload)) {
    later(payload, Step::kRespond, timing_.answer);
    return;
  }
  entry.asks = true;
  requests_.send(payload, sc_core::SC_ZERO_TIME);
}

void Stage::answered(Payload& payload, const sc_core::sc_time& delay) {
  const auto entry = find(payload);
  if (entry == in_flight_.end() || !entry->asks) {
    SC_REPORT_ERROR(name(), kAnswerToNone);
    return;
  }
  entry->asks = false;
  later(payload, Step::kFill, delay);
}

void Stage::respond(Payload& payload) {
  const auto entry = find(payload);
  const size_t port = entry->port;
  in_flight_.erase(entry);
  ports_[port]->responses.send(payload);
  payload.release();
  decide_waiting();
}

void Stage::decide_waiting() {
  while (waiting_ != 0) {
    const auto next =
        std::find_if(in_flight_.begin(), in_flight_.end(),
                     [this](const InFlight& one) { return one.waits && !is_behind_another(one); });
    if (next == in_flight_.end()) return;
    next->waits = false;
    --waiting_;
    decide(*next->payload);
  }
}

void Stage::later(Payload& payload, Step step, const sc_core::sc_time& delay) {
  const Due due{&payload, step};
  if (delay == sc_core::SC_ZERO_TIME)
    run(due);
  else
    due_.push(due, delay);
}

void Stage::run(const Due& due) {
  switch (due.step) {
    case Step::kLookUp:
      decide(*due.payload);
      break;
    case Step::kFill:
      fill(*due.payload);
      respond(*due.payload);
      break;
    case Step::kRespond:
      respond(*due.payload);
      break;
  }
}

void Stage::on_due() {
  Due due;
  while (due_.pop(due)) run(due);
}

void Stage::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  end_grants();
  for (const auto& port : ports_) port->socket->invalidate_direct_mem_ptr(first, last);
}

}  // namespace nestwalk
