// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"

namespace nestwalk {

/// A range of virtual addresses, [base, limit).
struct VirtualRange {
  GuestVirtual base{};
  GuestVirtual limit{};
};

}  // namespace nestwalk
