// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"

namespace nestwalk {

/// A range of virtual addresses, [base, limit).
struct VirtualRange {
  GuestVirtual base{};
  GuestVirtual limit{};

  friend bool operator==(const VirtualRange& a, const VirtualRange& b) {
    return a.base == b.base && a.limit == b.limit;
  }
  friend bool operator!=(const VirtualRange& a, const VirtualRange& b) { return !(a == b); }
};

}  // namespace nestwalk
