// SPDX-License-Identifier: Apache-2.0
#include "model/segment/segment_unit_module.h"

#include "model/segment/segment_comparator.h"

namespace nestwalk {

SegmentUnitModule::SegmentUnitModule(const sc_core::sc_module_name& name,
                                     const LatencyTable& latency, const Clock& clock)
    // A check that fails adds nothing: the L2 look-up began with it (spec 2.3).
    : Stage(name, 1, {sc_core::SC_ZERO_TIME, clock.cycles(latency.segment_completion)}),
      check_time_(clock.cycles(latency.segment_check)) {}

bool SegmentUnitModule::look_up(Payload& payload) {
  TranslationExtension& request = *TranslationExtension::get(payload);
  if (request.operation != TranslationExtension::Operation::kTranslate) return false;
  const TranslationContext& context = *request.context;
  if (!context.guest_segment.enabled()) return false;
  if (context.virtualized && !context.vmm_segment.enabled()) return false;
  const GuestVirtual address(payload.get_address());
  if (!is_canonical(address, context.guest.levels)) return false;  // the walker reports it

  const SegmentCheck guest = check_guest(context, address, PageSize::k4K);
  if (!guest.maps()) return false;
  HostPhysical result(guest.sum);
  if (context.virtualized) {
    const SegmentCheck vmm = check_vmm(context, GuestPhysical(guest.sum), PageSize::k4K);
    if (!vmm.maps()) return false;
    result = HostPhysical(vmm.sum);
  }
  request.source = TranslationSource::kSegments;
  request.segment_class = segment_class(true, context.virtualized);
  request.translation = {result, PageSize::k4K, AccessSet::all(), true, false};
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const bool fetch = request.access.kind == AccessKind::kExecute;
  ++(fetch ? statistics.completed_fetches : statistics.completed);
  return true;
}

void SegmentUnitModule::check(Payload& payload, sc_core::sc_time& delay) {
  SegmentCheckExtension& request = *SegmentCheckExtension::get(payload);
  const uint64_t address = payload.get_address();
  const PageSize at_most = request.answer.widest;
  request.answer = request.dimension == Dimension::kGuest
                       ? check_guest(*request.context, GuestVirtual(address), at_most)
                       : check_vmm(*request.context, GuestPhysical(address), at_most);
  delay += check_time_;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

SegmentCheck SegmentUnitModule::check_guest(const TranslationContext& context, GuestVirtual address,
                                            PageSize at_most) {
  const SegmentCheck check = compare(context.guest_segment, context.guest_filter, address, at_most);
  count(check, context.guest_filter, address.page());
  return check;
}

SegmentCheck SegmentUnitModule::check_vmm(const TranslationContext& context, GuestPhysical address,
                                          PageSize at_most) {
  const SegmentCheck check = compare(context.vmm_segment, context.vmm_filter, address, at_most);
  count(check, context.vmm_filter, address.page());
  return check;
}

void SegmentUnitModule::count(const SegmentCheck& check, const EscapeFilter* filter,
                              uint64_t page) {
  if (filter == nullptr || !check.inside) return;
  ++statistics.filter.look_ups;
  if (!check.escaped) return;
  ++statistics.filter.positives;
  if (!filter->was_inserted(page)) ++statistics.filter.false_positives;
}

}  // namespace nestwalk
