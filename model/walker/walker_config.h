// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/page_size.h"

namespace nestwalk {

struct WalkerConfig {
  uint32_t count = 1;    ///< Walks in flight in AT, 1 or more.
  uint32_t queue = 16;   ///< Requests that wait for a walker before the L2 TLB is held up.
  bool coalesce = true;  ///< A miss on a page that is being walked waits for that walk.
};

/// Which helper structures a walk asks for; those that are off cost it nothing. And what it leaves
/// in them.
struct WalkStructures {
  bool guest_structure_cache = false;
  bool nested_structure_cache = false;
  bool nested_tlb = false;
  bool nested_tlb_keeps_data = true;  ///< Else only the pages of guest tables.
  /// The largest page that is composed where segments alone translate.
  PageSize segment_entry = PageSize::k4K;
};

}  // namespace nestwalk
