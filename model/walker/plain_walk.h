// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/context/translation_context.h"
#include "model/segment/segment_comparator.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// Walks tables and segments with no TLB and no cache, in no time: for the software side, for debug
/// accesses, for tests. `read(HostPhysical) -> uint64_t` reads an entry; `set_bits(HostPhysical,
/// uint64_t)` sets A and D in one. Returns the walk at its end: fault or translation, and counts.
template <class Read, class SetBits>
PageWalk walk_plain(const TranslationContext& context, GuestVirtual address, Access access,
                    Read&& read, SetBits&& set_bits) {
  PageWalk walk;
  walk.start(context, {}, address, access);
  while (true) {
    switch (walk.advance()) {
      case PageWalk::Need::kRead:
        walk.supply_entry(read(walk.host_address()));
        break;
      case PageWalk::Need::kSetBits:
        set_bits(walk.host_address(), walk.bits());
        break;
      case PageWalk::Need::kGuestCheck:
        walk.supply_check(
            compare(context.guest_segment, context.guest_filter, walk.virtual_address()));
        break;
      case PageWalk::Need::kVmmCheck:
        walk.supply_check(compare(context.vmm_segment, context.vmm_filter, walk.physical_address(),
                                  walk.widest_useful()));
        break;
      default:
        return walk;  // kDone: without structures nothing else is needed
    }
  }
}

/// The same, leaving A and D as they are.
template <class Read>
PageWalk walk_plain(const TranslationContext& context, GuestVirtual address, Access access,
                    Read&& read) {
  return walk_plain(context, address, access, read, [](HostPhysical, uint64_t) {});
}

}  // namespace nestwalk
