// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/context/translation_context.h"
#include "model/segment/segment_comparator.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// What answers a walk that has no structure caches and no nested TLB, and compares by itself.
/// `read(HostPhysical) -> uint64_t` reads an entry; `set_bits(HostPhysical, uint64_t)` sets A and D
/// in one.
template <class Read, class SetBits>
class PlainPort {
 public:
  PlainPort(const TranslationContext& context, Read& read, SetBits& set_bits)
      : context_(context), read_(read), set_bits_(set_bits) {}

  uint64_t read(const PageWalk& walk) { return read_(walk.host_address()); }
  void set_bits(const PageWalk& walk) { set_bits_(walk.host_address(), walk.bits()); }
  SegmentCheck check_guest(const PageWalk& walk) {
    return compare(context_.guest_segment, context_.guest_filter, walk.virtual_address());
  }
  SegmentCheck check_vmm(const PageWalk& walk) {
    return compare(context_.vmm_segment, context_.vmm_filter, walk.physical_address(),
                   walk.widest_useful());
  }

  StructureHit guest_structure(const PageWalk&) { return {}; }
  StructureHit nested_structure(const PageWalk&) { return {}; }
  NestedHit nested_tlb(const PageWalk&) { return {}; }
  void fill_guest_structure(const PageWalk&) {}
  void fill_nested_structure(const PageWalk&) {}
  void fill_nested_tlb(const PageWalk&) {}

 private:
  const TranslationContext& context_;
  Read& read_;
  SetBits& set_bits_;
};

/// Walks tables and segments with no TLB and no cache, in no time: for the software side, for debug
/// accesses, for tests. `read`, `set_bits`: as for PlainPort. Returns the walk at its end: fault or
/// translation, and counts.
template <class Read, class SetBits>
PageWalk walk_plain(const TranslationContext& context, GuestVirtual address, Access access,
                    Read&& read, SetBits&& set_bits) {
  PageWalk walk;
  walk.start(context, {}, address, access);
  PlainPort port(context, read, set_bits);
  walk.run(port);
  return walk;
}

/// The same, leaving A and D as they are.
template <class Read>
PageWalk walk_plain(const TranslationContext& context, GuestVirtual address, Access access,
                    Read&& read) {
  return walk_plain(context, address, access, read, [](HostPhysical, uint64_t) {});
}

}  // namespace nestwalk
