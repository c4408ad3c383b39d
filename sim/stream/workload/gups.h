// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// HPCC RandomAccess: random read-modify-write of 8-byte words over one large table.
Workload gups_workload();

/// Element `n` of HPCC's sequence: element 0 is 1, the next is (ran << 1) ^ (ran < 0 ? 7 : 0).
uint64_t random_access_element(uint64_t n);

}  // namespace nestwalk
