// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/page_size.h"

namespace nestwalk {

/// Answer of one comparison of an address with one segment level (spec 2.3, 2.4).
struct SegmentCheck {
  bool inside = false;   ///< BASE <= address < LIMIT.
  bool escaped = false;  ///< Inside, but the escape filter says that paging translates the page.
  uint64_t sum = 0;      ///< address + OFFSET modulo 2^64; meaningful if `maps()`.
  /// The largest page around the address all of whose 4K pages get this very verdict, and that
  /// OFFSET keeps aligned if `maps()`; 4K if escaped; not above what `compare` was asked for. A
  /// TLB entry must not be wider (spec 2.3).
  PageSize widest = PageSize::k1G;

  /// Whether the segment translates the address.
  bool maps() const { return inside && !escaped; }
};

}  // namespace nestwalk
