// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/io/input_error.h"

namespace nestwalk {

// What no software side takes from a stream.

inline InputError entry_of_the_host() {
  return InputError("VM entry with VPID 0, which names the host itself; a VM has 1 to 65535");
}

inline InputError no_guest_filter() {
  return InputError("guest escape filter", "the machine has none: set guest_filter.enabled = true");
}

}  // namespace nestwalk
