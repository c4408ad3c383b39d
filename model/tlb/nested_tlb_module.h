// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/array/hit_statistics.h"
#include "model/timing/latency_table.h"
#include "model/tlb/nested_tlb.h"
#include "model/tlm/clock.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/look_up_socket.h"

namespace nestwalk {

/// A nested TLB of its own, beside the walker: gPA -> hPA (spec 2.5).
class NestedTlbModule : public sc_core::sc_module {
 public:
  NestedTlbModule(const sc_core::sc_module_name& name, const NestedTlbConfig& config,
                  const LatencyTable& latency, const Clock& clock, uint64_t seed);

  NestedTlb& tlb() { return tlb_; }
  HitStatistics statistics;

 private:
  void look_up(tlm::tlm_generic_payload& payload, NestedExtension& request,
               sc_core::sc_time& delay);

  NestedTlb tlb_;
  sc_core::sc_time time_;

 public:
  LookUpSocket<NestedTlbModule, NestedExtension, &NestedTlbModule::look_up> look_ups{"look_ups",
                                                                                     *this};
};

}  // namespace nestwalk
