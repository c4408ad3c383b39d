// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// SPEC CPU2006's 429.mcf: vehicle scheduling by the network simplex method.
Workload mcf_workload();

}  // namespace nestwalk
