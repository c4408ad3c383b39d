// SPDX-License-Identifier: Apache-2.0
#include "model/verification/latency_memory.h"

#include <utility>

#include "model/memory/payload_access.h"
#include "model/tlm/refusal.h"

namespace nestwalk {

LatencyMemory::LatencyMemory(const sc_core::sc_module_name& name, const LatencyMemoryConfig& config,
                             const Clock& clock, size_t ports, Move move)
    : sc_core::sc_module(name),
      config_(config),
      accept_(clock.cycles(config.accept)),
      latency_(clock.cycles(config.latency)),
      move_(std::move(move)) {
  for (size_t i = 0; i < ports; ++i) ports_.push_back(std::make_unique<Port>("socket", *this, i));
  SC_HAS_PROCESS(LatencyMemory);
  SC_METHOD(on_due);
  sensitive << due_.event();
  dont_initialize();
}

LatencyMemory::LatencyMemory(const sc_core::sc_module_name& name, const LatencyMemoryConfig& config,
                             const Clock& clock, size_t ports, PhysicalMemory& contents)
    : LatencyMemory(name, config, clock, ports,
                    [&contents](Payload& payload) { return move_data(contents, payload); }) {
  contents_ = &contents;
}

LatencyMemory::~LatencyMemory() = default;

tlm::tlm_target_socket<64>& LatencyMemory::socket(size_t port) {
  return ports_.at(port)->socket;
}

void LatencyMemory::access(Payload& payload) {
  ++accesses_;
  move_unless_refused(
      payload, [&] { return payload.get_command() == tlm::TLM_IGNORE_COMMAND || move_(payload); });
  payload.set_dmi_allowed(contents_ != nullptr);
}

void LatencyMemory::transport(Payload& payload, sc_core::sc_time& delay) {
  delay += accept_ + latency_;
  if (config_.waits) sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  access(payload);
}

tlm::tlm_sync_enum LatencyMemory::request(size_t port, Payload& payload, tlm::tlm_phase& phase,
                                          const sc_core::sc_time& delay) {
  if (const auto answer = ports_[port]->responses.receive(payload, phase, delay)) return *answer;
  payload.acquire();
  ++in_flight_;
  const bool accepts_later = !config_.skips_end_request && accept_ != sc_core::SC_ZERO_TIME;
  if (accepts_later) due_.push({Step::kEndRequest, &payload, port}, delay + accept_);
  if (!config_.stuck) due_.push({Step::kRespond, &payload, port}, delay + accept_ + latency_);
  if (accepts_later || config_.skips_end_request) return tlm::TLM_ACCEPTED;
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void LatencyMemory::on_due() {
  Due due;
  while (due_.pop(due)) {
    Port& port = *ports_[due.port];
    if (due.step == Step::kEndRequest) {
      tlm::tlm_phase phase = tlm::END_REQ;
      sc_core::sc_time none;
      port.socket->nb_transport_bw(*due.payload, phase, none);
      continue;
    }
    access(*due.payload);
    --in_flight_;
    port.responses.send(*due.payload);
    due.payload->release();
  }
}

unsigned LatencyMemory::debug(Payload& payload) {
  const bool moves = payload.get_command() != tlm::TLM_IGNORE_COMMAND;
  return moves && move_(payload) ? payload.get_data_length() : 0;
}

bool LatencyMemory::direct(Payload& payload, tlm::tlm_dmi& dmi) {
  if (contents_ != nullptr) return grant_direct_access(*contents_, payload, dmi);
  dmi.init();
  return false;
}

void LatencyMemory::withdraw_grants() {
  for (const auto& port : ports_) port->socket->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
}

}  // namespace nestwalk
