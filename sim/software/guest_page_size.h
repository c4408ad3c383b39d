// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include "model/address/address.h"
#include "model/address/page_size.h"
#include "model/address/virtual_range.h"
#include "sim/config/pages.h"

namespace nestwalk {

/// Whether a page lies wholly in one of the ranges that a program declares, ascending; where it
/// declares none it may use anything.
inline bool is_declared(const std::vector<VirtualRange>& declared, GuestVirtual page,
                        PageSize size) {
  if (declared.empty()) return true;
  const auto after = std::upper_bound(
      declared.begin(), declared.end(), page,
      [](GuestVirtual wanted, const VirtualRange& range) { return wanted < range.base; });
  return after != declared.begin() && page + bytes(size) <= std::prev(after)->limit;
}

/// By what size the guest OS would map an address: transparent huge pages are 2M where a whole one
/// is declared (spec 3).
inline PageSize guest_page_size(GuestPages pages, const std::vector<VirtualRange>& declared,
                                GuestVirtual address) {
  if (pages != GuestPages::kThp) return static_cast<PageSize>(pages);
  return is_declared(declared, address.align_down(PageSize::k2M), PageSize::k2M) ? PageSize::k2M
                                                                                 : PageSize::k4K;
}

}  // namespace nestwalk
