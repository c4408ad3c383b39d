// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>

#include "model/mmu/mmu_config.h"
#include "model/segment/segment_unit_module.h"
#include "model/tlm/clock.h"

namespace nestwalk {

/// A segment unit whose comparisons, filter verdicts and sums come from the RTL; for Mmu. Its
/// filters are `rtl_filter()` (rtl_build.h): those of another configuration lose no page, but
/// report others than the model would. Throws std::logic_error if this build has none,
/// std::invalid_argument unless `config.segment_entry` is 4K, the only size it answers.
std::unique_ptr<SegmentUnitModule> make_rtl_segment_unit(const sc_core::sc_module_name& name,
                                                         const MmuConfig& config,
                                                         const Clock& clock);

}  // namespace nestwalk
