// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/would_be_segments.h"

namespace nestwalk {
namespace {

std::optional<EscapeFilter> copy(const EscapeFilter* filter) {
  if (filter == nullptr) return std::nullopt;
  return *filter;
}

const EscapeFilter* pointer(const std::optional<EscapeFilter>& filter) {
  return filter ? &*filter : nullptr;
}

}  // namespace

SegmentSetting::SegmentSetting(const TranslationContext& context)
    : guest(context.guest_segment),
      vmm(context.vmm_segment),
      guest_filter(copy(context.guest_filter)),
      vmm_filter(copy(context.vmm_filter)) {}

SegmentCheck SegmentSetting::check_guest(GuestVirtual address) const {
  return compare(guest, pointer(guest_filter), address, PageSize::k4K);
}

SegmentCheck SegmentSetting::check_vmm(GuestPhysical address) const {
  return compare(vmm, pointer(vmm_filter), address, PageSize::k4K);
}

Membership WouldBeSegments::in_native_direct(GuestVirtual address) const {
  const SegmentCheck check = native_.check_guest(address);
  return {segment_class(check.maps(), false), check.escaped};
}

Membership WouldBeSegments::in_vmm_direct(GuestVirtual address, HostPhysical place) const {
  const SegmentCheck check = dual_.check_vmm(guest_physical(address, place));
  return {segment_class(false, check.maps()), check.escaped};
}

Membership WouldBeSegments::in_guest_direct(GuestVirtual address) const {
  const SegmentCheck check = dual_.check_guest(address);
  return {segment_class(check.maps(), false), check.escaped};
}

Membership WouldBeSegments::in_dual_direct(GuestVirtual address, HostPhysical place) const {
  const SegmentCheck guest = dual_.check_guest(address);
  const SegmentCheck vmm = dual_.check_vmm(guest_physical(address, place));
  return {segment_class(guest.maps(), vmm.maps()), guest.escaped || vmm.escaped};
}

/// Natively a page lies where the VM's memory lies in a virtualized run (doc/software.md).
GuestPhysical WouldBeSegments::guest_physical(GuestVirtual address, HostPhysical place) const {
  if (dual_.guest.contains(address)) return dual_.guest.translate(address);
  return GuestPhysical(place.value() - dual_.vmm.offset());
}

}  // namespace nestwalk
