// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// SPEC CPU2006's 436.cactusADM: Einstein's equations in the ADM formulation, staggered leapfrog.
Workload cactusadm_workload();

}  // namespace nestwalk
