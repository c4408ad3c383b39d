// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/nested_tlb_module.h"

namespace nestwalk {

NestedTlbModule::NestedTlbModule(const sc_core::sc_module_name& name, const NestedTlbConfig& config,
                                 const LatencyTable& latency, const Clock& clock, uint64_t seed)
    : sc_core::sc_module(name), tlb_(config, seed), time_(clock.cycles(latency.nested_tlb)) {}

void NestedTlbModule::look_up(tlm::tlm_generic_payload& payload, NestedExtension& request,
                              sc_core::sc_time& delay) {
  const GuestPhysical address(payload.get_address());
  if (payload.is_write()) {
    tlb_.insert(address, request.answer, request.tags);
    return;
  }
  request.answer = request.outdated ? NestedHit{} : tlb_.look_up(address, request.tags);
  statistics.count(request.answer.hit);
  delay += time_;
}

}  // namespace nestwalk
