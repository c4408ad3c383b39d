// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l2_tlb_module.h"

#include "model/tlm/translation_extension.h"

namespace nestwalk {

L2TlbModule::L2TlbModule(const sc_core::sc_module_name& name, const L2TlbConfig& config,
                         const LatencyTable& latency, const Clock& clock, uint64_t seed,
                         const uint32_t& epoch)
    : Stage(name, 1, {clock.cycles(latency.l2_tlb), sc_core::SC_ZERO_TIME}),
      tlb_(config, seed),
      nested_time_(clock.cycles(latency.nested_tlb)),
      epoch_(epoch) {}

bool L2TlbModule::look_up(Payload& payload) {
  TranslationExtension& request = TranslationExtension::of_request(payload);
  const GuestVirtual address(payload.get_address());
  if (request.operation == TranslationExtension::Operation::kDirtyAssist) return false;
  // A request from before a change takes nothing that was kept after it.
  std::optional<Translation> translation;
  if (request.epoch == epoch_) translation = tlb_.look_up(address, request.access, request.tags);
  const bool fetch = request.access.kind == AccessKind::kExecute;
  (fetch ? statistics.fetches : statistics.data).count(translation.has_value());
  if (!translation) return false;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  request.source = TranslationSource::kL2Tlb;
  request.translation = *translation;
  return true;
}

void L2TlbModule::fill(Payload& payload) {
  const TranslationExtension& request = TranslationExtension::of_request(payload);
  if (request.fault || request.epoch != epoch_) return;
  const GuestVirtual address(payload.get_address());
  if (request.operation == TranslationExtension::Operation::kDirtyAssist)
    tlb_.set_dirty(address, request.tags);
  else
    tlb_.insert(address, request.translation, request.tags);
}

void L2TlbModule::look_up_nested(Payload& payload, NestedExtension& request,
                                 sc_core::sc_time& delay) {
  const GuestPhysical address(payload.get_address());
  if (payload.is_write()) {
    tlb_.insert_nested(address, request.answer, request.tags);
    return;
  }
  request.answer = request.outdated ? NestedHit{} : tlb_.look_up_nested(address, request.tags);
  statistics.nested.count(request.answer.hit);
  delay += nested_time_;
}

}  // namespace nestwalk
