// SPDX-License-Identifier: Apache-2.0
#include "model/segment/segment_unit_module.h"

#include "model/tlm/translation_extension.h"

namespace nestwalk {

SegmentUnitModule::SegmentUnitModule(const sc_core::sc_module_name& name,
                                     const LatencyTable& latency, const Clock& clock,
                                     PageSize largest_entry)
    // A check that fails adds nothing: the L2 look-up began with it (spec 2.3).
    : Stage(name, 1, {sc_core::SC_ZERO_TIME, clock.cycles(latency.segment_completion)}),
      checker(largest_entry),
      check_time_(clock.cycles(latency.segment_check)) {}

bool SegmentUnitModule::look_up(Payload& payload) {
  TranslationExtension& request = TranslationExtension::of_request(payload);
  if (request.operation != TranslationExtension::Operation::kTranslate) return false;
  const TranslationContext& context = *request.context;
  if (!complete(context, GuestVirtual(payload.get_address()), request.access.kind,
                request.translation))
    return false;
  request.source = TranslationSource::kSegments;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

void SegmentUnitModule::check(Payload& payload, SegmentCheckExtension& request,
                              sc_core::sc_time& delay) {
  if (request.context == nullptr) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  request.answer = compare_one(*request.context, request.dimension, payload.get_address(),
                               request.answer.widest);
  delay += check_time_;
}

}  // namespace nestwalk
