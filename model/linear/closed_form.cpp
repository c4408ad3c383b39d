// SPDX-License-Identifier: Apache-2.0
#include "model/linear/closed_form.h"

#include <stdexcept>
#include <string>

namespace nestwalk {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("closed form: ") + what);
}

constexpr bool is_depth(int levels) {
  return levels >= 2 && levels <= 5;
}

constexpr bool in_guest_segment(SegmentClass segments) {
  return segments == SegmentClass::kGuestOnly || segments == SegmentClass::kBoth;
}

constexpr bool in_vmm_segment(SegmentClass segments) {
  return segments == SegmentClass::kVmmOnly || segments == SegmentClass::kBoth;
}

}  // namespace

ClosedForm closed_form(const WalkDimensions& dimensions, SegmentClass segments, int guest_levels,
                       int nested_levels) {
  require(is_depth(guest_levels), "guest levels are 2 to 5");
  require(!dimensions.virtualized || is_depth(nested_levels), "nested levels are 2 to 5");
  require(dimensions.virtualized || !dimensions.vmm_segment, "a VMM segment needs a VMM");
  require(!in_guest_segment(segments) || dimensions.guest_segment,
          "an address is in a guest segment that is off");
  require(!in_vmm_segment(segments) || dimensions.vmm_segment,
          "an address is in a VMM segment that is off");

  const bool guest_paged = !in_guest_segment(segments);
  const bool done = dimensions.virtualized ? segments == SegmentClass::kBoth : !guest_paged;
  if (done) return {};  // at the L1 miss

  const auto guest = static_cast<uint64_t>(guest_paged ? guest_levels : 0);
  const auto nested = static_cast<uint64_t>(nested_levels);
  // Every gPA that the walk meets: those of the guest's tables, and the data's.
  const uint64_t met = dimensions.virtualized ? guest + 1 : 0;
  const uint64_t tables_walked = dimensions.vmm_segment ? 0 : met - (met != 0 ? 1 : 0);
  const uint64_t data_walked = met != 0 && !in_vmm_segment(segments) ? 1 : 0;
  ClosedForm form;
  form.references = guest + nested * (tables_walked + data_walked);
  form.checks = (dimensions.guest_segment ? 1 : 0) + (dimensions.vmm_segment ? met : 0);
  return form;
}

}  // namespace nestwalk
