// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/context/translation_context.h"
#include "sim/config/mode.h"

namespace nestwalk {

/// What decides which mode comes next (spec 3, "Modes while fragmented").
struct ModeSituation {
  bool wants_guest = false;  ///< A guest segment is wanted, and the guest OS knows of them.
  bool wants_vmm = false;    ///< Likewise a VMM segment.
  bool guest_on = false;     ///< The segment covers all that it should.
  bool vmm_on = false;
  bool guest_ready = false;  ///< Contiguous memory is behind it: it can be switched on.
  bool vmm_ready = false;
  bool can_reclaim_gap = false;   ///< There is memory below the I/O gap to move above it.
  bool can_self_balloon = false;  ///< Enabled, and not known to be in vain.
  bool can_compact = false;       ///< Likewise.
};

enum class ModeStep : uint8_t {
  kNone,
  kEnterGuestSegment,
  kEnterVmmSegment,
  kReclaimIoGap,
  kSelfBalloon,
  kCompact,
};

/// The step that leads towards the mode that is wanted. What can be had at once comes first, the
/// host's before the guest's, whose pages then have their frames; then work on the guest's memory,
/// then on the host's. What lies below the I/O gap is outside a VMM segment that is on, too.
constexpr ModeStep next_step(const ModeSituation& now) {
  const bool guest_lacks = now.wants_guest && !now.guest_on;
  const bool vmm_lacks = now.wants_vmm && !now.vmm_on;
  if (vmm_lacks && now.vmm_ready) return ModeStep::kEnterVmmSegment;
  if (guest_lacks && now.guest_ready) return ModeStep::kEnterGuestSegment;
  if ((guest_lacks || now.wants_vmm) && now.can_reclaim_gap) return ModeStep::kReclaimIoGap;
  if (guest_lacks && now.can_self_balloon) return ModeStep::kSelfBalloon;
  if (vmm_lacks && now.can_compact) return ModeStep::kCompact;
  return ModeStep::kNone;
}

/// The virtualized mode that segments of these levels make.
constexpr Mode virtualized_mode(bool guest_segment, bool vmm_segment) {
  if (guest_segment) return vmm_segment ? Mode::kDualDirect : Mode::kGuestDirect;
  return vmm_segment ? Mode::kVmmDirect : Mode::kBaseVirtualized;
}

/// The mode that the registers make: managed software and streams that write segments leave the
/// configured one.
inline Mode mode_in_force(const TranslationContext& context) {
  const bool guest = context.guest_segment.enabled();
  if (context.virtualized) return virtualized_mode(guest, context.vmm_segment.enabled());
  return guest ? Mode::kNativeDirect : Mode::kNative;
}

}  // namespace nestwalk
