// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>

#include "model/filter/filter_config.h"
#include "model/mmu/mmu_config.h"
#include "model/segment/segment_unit_module.h"
#include "model/tlm/clock.h"

namespace nestwalk {

/// Whether this build has the RTL: Verilator was found.
bool rtl_is_built();

/// The escape filter that the RTL was built with, on both levels.
FilterConfig rtl_filter();

/// A segment unit whose comparisons, filter verdicts and sums come from the RTL; for Mmu. Its
/// filters are `rtl_filter()`: those of another configuration lose no page, but report others than
/// the model would. Throws std::logic_error if this build has none, std::invalid_argument unless
/// `config.segment_entry` is 4K, the only size it answers.
std::unique_ptr<SegmentUnitModule> make_rtl_segment_unit(const sc_core::sc_module_name& name,
                                                         const MmuConfig& config,
                                                         const Clock& clock);

}  // namespace nestwalk
