// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"

namespace nestwalk {

/// What a paging-structure cache holds and answers: the table to go on with. `level` 0 is a miss.
struct StructureHit {
  int level = 0;         ///< Level of the table that `table` points to, 1 to 4.
  HostPhysical table{};  ///< Where it lies, nested translation done.
  uint8_t rights = 0;    ///< Rights gathered above it; opaque outside the walk.
};

}  // namespace nestwalk
