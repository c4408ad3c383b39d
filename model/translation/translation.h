// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/paging/access.h"

namespace nestwalk {

/// A translated address and what a TLB may keep of it: the composed gVA -> hPA map (spec 2.3).
struct Translation {
  HostPhysical address{};               ///< hPA of the very byte that was asked for.
  PageSize size = PageSize::k4K;        ///< Of the composed map.
  AccessSet allowed;                    ///< Under both dimensions' rights.
  bool dirty = false;                   ///< D is set wherever a store must set it.
  bool global = false;                  ///< The guest leaf has G.
  PageSize guest_page = PageSize::k4K;  ///< Of the guest leaf: INVLPG drops every piece of it.
};

/// Which levels' segments translated the address (spec 2.3, the four columns).
enum class SegmentClass : uint8_t { kNeither = 0, kGuestOnly = 1, kVmmOnly = 2, kBoth = 3 };

inline constexpr int kSegmentClasses = 4;

constexpr SegmentClass segment_class(bool guest, bool vmm) {
  return static_cast<SegmentClass>((guest ? 1 : 0) + (vmm ? 2 : 0));
}

}  // namespace nestwalk
