// SPDX-License-Identifier: Apache-2.0
#include "sim/process/processors.h"

#include <sched.h>

namespace nestwalk {

size_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<size_t>(CPU_COUNT(&set));
}

}  // namespace nestwalk
