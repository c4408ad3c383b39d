// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosimulation/rtl_segment_unit.h"

#include <stdexcept>

#include "model/segment/segment_comparator.h"
#include "rtl/cosimulation/loaded_level.h"
#include "rtl/cosimulation/rtl_build.h"
#include "rtl/cosimulation/verilated_stage.h"

namespace nestwalk {
namespace {

using Op = VerilatedStage::Op;
using Level = VerilatedStage::Level;

/// The registers and filters of a request's context are loaded when they differ from those loaded:
/// requests in flight are answered under the context they entered with.
class RtlSegmentUnit : public SegmentUnitModule {
 public:
  using SegmentUnitModule::SegmentUnitModule;

  bool is_checker_only() const override { return false; }

 protected:
  bool complete(const TranslationContext& context, GuestVirtual address, AccessKind kind,
                Translation& translation) override {
    if (!SegmentChecker::may_complete(context, address)) return false;
    guest_.load(context.guest_segment, context.guest_filter);
    if (context.virtualized) vmm_.load(context.vmm_segment, context.vmm_filter);
    const VerilatedStage::Answer answer =
        stage_.ask(context.virtualized ? Op::kComplete : Op::kCheck, Level::kGuest, address.page());
    const SegmentCheck guest = verdict(answer.guest_inside, answer.guest_escaped);
    checker.count(guest, context.guest_filter, address.page());
    if (context.virtualized && guest.maps())
      checker.count(verdict(answer.vmm_inside, answer.vmm_escaped), context.vmm_filter,
                    context.guest_segment.translate(address).page());
    if (!answer.maps) return false;
    translation = checker.completed(HostPhysical(joined(answer.page, address.value())), kind);
    return true;
  }

  SegmentCheck compare_one(const TranslationContext& context, Dimension dimension, uint64_t address,
                           PageSize at_most) override {
    if (dimension == Dimension::kGuest) {
      guest_.load(context.guest_segment, context.guest_filter);
      const VerilatedStage::Answer answer =
          stage_.ask(Op::kCheck, Level::kGuest, address >> shift(PageSize::k4K));
      return finish(verdict(answer.guest_inside, answer.guest_escaped), answer.page,
                    context.guest_segment, context.guest_filter, GuestVirtual(address), at_most);
    }
    vmm_.load(context.vmm_segment, context.vmm_filter);
    const VerilatedStage::Answer answer =
        stage_.ask(Op::kCheck, Level::kVmm, address >> shift(PageSize::k4K));
    return finish(verdict(answer.vmm_inside, answer.vmm_escaped), answer.page, context.vmm_segment,
                  context.vmm_filter, GuestPhysical(address), at_most);
  }

 private:
  static SegmentCheck verdict(bool inside, bool escaped) {
    SegmentCheck check;
    check.inside = inside;
    check.escaped = escaped;
    return check;
  }

  static uint64_t joined(uint64_t page, uint64_t address) {
    return page << shift(PageSize::k4K) | (address & mask(PageSize::k4K));
  }

  template <class Segment, class Address>
  SegmentCheck finish(SegmentCheck check, uint64_t page, const Segment& segment,
                      const EscapeFilter* filter, Address address, PageSize at_most) {
    check.sum = joined(page, address.value());
    check.widest = widest_page(check, segment, filter, address, at_most);
    checker.count(check, filter, address.page());
    return check;
  }

  VerilatedStage stage_;
  LoadedLevel<GuestSegment> guest_{stage_, Level::kGuest};
  LoadedLevel<VmmSegment> vmm_{stage_, Level::kVmm};
};

}  // namespace

bool rtl_is_built() {
  return true;
}

FilterConfig rtl_filter() {
  return {NESTWALK_RTL_FILTER_BITS, NESTWALK_RTL_FILTER_HASHES,
          NESTWALK_RTL_FILTER_PARTITIONED != 0, NESTWALK_RTL_FILTER_SEED};
}

std::unique_ptr<SegmentUnitModule> make_rtl_segment_unit(const sc_core::sc_module_name& name,
                                                         const MmuConfig& config,
                                                         const Clock& clock) {
  if (config.segment_entry != PageSize::k4K)
    throw std::invalid_argument("the RTL segment unit needs MmuConfig::segment_entry = 4K");
  return std::make_unique<RtlSegmentUnit>(name, config.latency, clock);
}

}  // namespace nestwalk
