// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "rtl/cosimulation/rtl_build.h"
#include "rtl/cosimulation/rtl_segment_unit.h"

namespace nestwalk {

bool rtl_is_built() {
  return false;
}

FilterConfig rtl_filter() {
  return {};
}

std::unique_ptr<SegmentUnitModule> make_rtl_segment_unit(const sc_core::sc_module_name&,
                                                         const MmuConfig&, const Clock&) {
  throw std::logic_error("the RTL is not part of this build");
}

}  // namespace nestwalk
