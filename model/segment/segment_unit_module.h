// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/segment/segment_checker.h"
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
  SegmentUnitModule(const sc_core::sc_module_name& name, const LatencyTable& latency,
                    const Clock& clock);

  SegmentChecker checker;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload&) override {}

 private:
  void check(Payload& payload, sc_core::sc_time& delay);

  sc_core::sc_time check_time_;

 public:
  LookUpSocket<SegmentUnitModule, &SegmentUnitModule::check> checks{"checks", *this};
};

}  // namespace nestwalk
