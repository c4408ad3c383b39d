// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/space_id.h"
#include "model/filter/escape_filter.h"
#include "model/paging/paging_mode.h"
#include "model/segment/segment_registers.h"

namespace nestwalk {

/// Everything that decides what an address translates to: the registers of the running process and
/// VM. The mode (spec 2.2) is nothing but these values.
struct TranslationContext {
  Pcid pcid{0};
  Vpid vpid{0};
  bool virtualized = false;  ///< Whether the second dimension exists.
  GuestPaging guest;
  NestedPaging nested;  ///< Used if virtualized.
  GuestSegment guest_segment;
  VmmSegment vmm_segment;                      ///< Used if virtualized.
  const EscapeFilter* guest_filter = nullptr;  ///< Beside the guest segment, keyed by gVA page.
  const EscapeFilter* vmm_filter = nullptr;    ///< Beside the VMM segment, keyed by gPA page.
};

}  // namespace nestwalk
