// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/array/set_associative.h"
#include "model/tlb/tlb_entry.h"
#include "model/tlb/tlb_geometry.h"
#include "model/translation/nested_hit.h"

namespace nestwalk {

/// A TLB of nested translations alone.
class NestedTlb {
 public:
  explicit NestedTlb(const NestedTlbConfig& config, uint64_t seed = 1);

  NestedHit look_up(GuestPhysical address, const ContextTags& tags);
  void insert(GuestPhysical address, NestedHit mapping, const ContextTags& tags);

  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    return array_.erase_if(dead);
  }

 private:
  SetAssociative<TlbEntry> array_;
};

}  // namespace nestwalk
