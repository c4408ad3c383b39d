// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/array/hit_statistics.h"
#include "model/timing/latency_table.h"
#include "model/tlb/l2_tlb.h"
#include "model/tlm/clock.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/look_up_socket.h"
#include "model/tlm/stage.h"

namespace nestwalk {

/// The L2 TLB: look-ups by gVA on their way to the walker, and the walker's nested look-ups by gPA
/// (`nested`), which share its entries (spec 2.5).
class L2TlbModule : public Stage {
 public:
  struct Statistics {
    HitStatistics data;     ///< Data references by gVA, whatever the page size.
    HitStatistics fetches;  ///< Instruction fetches by gVA.
    HitStatistics nested;   ///< By gPA.
  };

  L2TlbModule(const sc_core::sc_module_name& name, const L2TlbConfig& config,
              const LatencyTable& latency, const Clock& clock, uint64_t seed,
              const uint32_t& epoch);

  L2Tlb& tlb() { return tlb_; }
  Statistics statistics;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload& payload) override;

 private:
  void look_up_nested(Payload& payload, NestedExtension& request, sc_core::sc_time& delay);

  L2Tlb tlb_;
  sc_core::sc_time nested_time_;
  const uint32_t& epoch_;

 public:
  LookUpSocket<L2TlbModule, NestedExtension, &L2TlbModule::look_up_nested> nested{"nested", *this};
};

}  // namespace nestwalk
