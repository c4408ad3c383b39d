// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "model/context/translation_context.h"
#include "model/segment/segment_comparator.h"
#include "model/translation/translation.h"

namespace nestwalk {

/// Where an address falls.
struct Membership {
  SegmentClass segments = SegmentClass::kNeither;
  bool escaped = false;  ///< Inside a segment, but its page is, or seems to be, in the filter.
};

/// The segments and filters of a context, kept beyond it.
struct SegmentSetting {
  explicit SegmentSetting(const TranslationContext& context);

  SegmentCheck check_guest(GuestVirtual address) const;
  SegmentCheck check_vmm(GuestPhysical address) const;

  GuestSegment guest;
  VmmSegment vmm;
  std::optional<EscapeFilter> guest_filter;
  std::optional<EscapeFilter> vmm_filter;
};

/// The segments that a machine would have in the direct modes, to classify the misses of a native
/// run by: what the paper's prototype did when it trapped misses.
class WouldBeSegments {
 public:
  /// Of a native-direct and of a dual-direct machine that run the same stream on the same memory:
  /// the other modes have one of the latter's two levels each.
  WouldBeSegments(SegmentSetting native_direct, SegmentSetting dual_direct)
      : native_(std::move(native_direct)), dual_(std::move(dual_direct)) {}

  /// Of a native miss: its VA and where its page would lie natively if no frame were bad.
  Membership in_native_direct(GuestVirtual address) const;
  Membership in_vmm_direct(GuestVirtual address, HostPhysical place) const;
  Membership in_guest_direct(GuestVirtual address) const;
  Membership in_dual_direct(GuestVirtual address, HostPhysical place) const;

 private:
  GuestPhysical guest_physical(GuestVirtual address, HostPhysical place) const;

  SegmentSetting native_;
  SegmentSetting dual_;
};

}  // namespace nestwalk
