// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/segment/segment_check.h"
#include "model/timing/latency_table.h"
#include "model/tlm/clock.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/look_up_socket.h"
#include "model/tlm/stage.h"
#include "model/tlm/translation_extension.h"

namespace nestwalk {

/// Both segment levels' comparators and their escape filters (spec 2.1, 2.4). At an L1 miss it
/// completes what lies in both segments (natively: in the guest segment) and passes the rest on to
/// the L2 TLB; `checks` answers the walker's single comparisons.
class SegmentUnitModule : public Stage {
 public:
  struct FilterStatistics {
    uint64_t look_ups = 0;  ///< Of addresses inside a segment that has a filter.
    uint64_t positives = 0;
    uint64_t false_positives = 0;  ///< Positives that were never inserted.
  };
  struct Statistics {
    uint64_t completed = 0;          ///< L1 misses of data references completed.
    uint64_t completed_fetches = 0;  ///< Of instruction fetches.
    FilterStatistics filter;
  };

  SegmentUnitModule(const sc_core::sc_module_name& name, const LatencyTable& latency,
                    const Clock& clock);

  Statistics statistics;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload&) override {}

 private:
  void check(Payload& payload, sc_core::sc_time& delay);
  SegmentCheck check_guest(const TranslationContext& context, GuestVirtual address,
                           PageSize at_most);
  SegmentCheck check_vmm(const TranslationContext& context, GuestPhysical address,
                         PageSize at_most);
  void count(const SegmentCheck& check, const EscapeFilter* filter, uint64_t page);

  sc_core::sc_time check_time_;

 public:
  LookUpSocket<SegmentUnitModule, &SegmentUnitModule::check> checks{"checks", *this};
};

}  // namespace nestwalk
