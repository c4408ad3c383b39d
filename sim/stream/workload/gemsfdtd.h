// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// SPEC CPU2006's 459.GemsFDTD: Maxwell's equations in the time domain.
Workload gemsfdtd_workload();

}  // namespace nestwalk
