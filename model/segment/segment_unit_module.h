// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/segment/segment_checker.h"
#include "model/timing/latency_table.h"
#include "model/tlm/clock.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/look_up_socket.h"
#include "model/tlm/stage.h"

namespace nestwalk {

/// Both segment levels' comparators and their escape filters (spec 2.1, 2.4). At an L1 miss it
/// completes what lies in both segments (natively: in the guest segment) and passes the rest on to
/// the L2 TLB; `checks` answers the walker's single comparisons.
///
/// The answers are `checker`'s. A unit that finds them otherwise, such as the RTL, overrides the
/// two questions; sockets, timing and statistics stay.
class SegmentUnitModule : public Stage {
 public:
  /// `largest_entry`: as for SegmentChecker.
  SegmentUnitModule(const sc_core::sc_module_name& name, const LatencyTable& latency,
                    const Clock& clock, PageSize largest_entry = PageSize::k4K);

  /// Whether `checker` alone answers, so that it may be asked past the sockets.
  virtual bool is_checker_only() const { return true; }

  SegmentChecker checker;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload&) override {}

  /// As SegmentChecker::complete.
  virtual bool complete(const TranslationContext& context, GuestVirtual address, AccessKind kind,
                        Translation& translation) {
    return checker.complete(context, address, kind, translation);
  }
  /// As SegmentChecker::check_guest and check_vmm, by whose address `address` is.
  virtual SegmentCheck compare_one(const TranslationContext& context, Dimension dimension,
                                   uint64_t address, PageSize at_most) {
    return dimension == Dimension::kGuest
               ? checker.check_guest(context, GuestVirtual(address), at_most)
               : checker.check_vmm(context, GuestPhysical(address), at_most);
  }

 private:
  void check(Payload& payload, SegmentCheckExtension& request, sc_core::sc_time& delay);

  sc_core::sc_time check_time_;

 public:
  LookUpSocket<SegmentUnitModule, SegmentCheckExtension, &SegmentUnitModule::check> checks{"checks",
                                                                                           *this};
};

}  // namespace nestwalk
