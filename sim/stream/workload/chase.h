// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// A random cyclic pointer chase, as latency benchmarks do it.
Workload chase_workload();

}  // namespace nestwalk
