// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/filter/filter_config.h"

namespace nestwalk {

/// Whether this build has the RTL: Verilator was found.
bool rtl_is_built();

/// The escape filter that the RTL was built with, on both levels.
FilterConfig rtl_filter();

}  // namespace nestwalk
