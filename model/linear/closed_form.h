// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/translation/translation.h"

namespace nestwalk {

/// What an address meets on its way, apart from the address: spec 2.2's columns.
struct WalkDimensions {
  bool virtualized = false;    ///< The second dimension exists.
  bool guest_segment = false;  ///< The guest level's segment is on.
  bool vmm_segment = false;    ///< The VMM level's segment is on.
};

/// Table reads and segment checks of one walk without any cache.
struct ClosedForm {
  uint64_t references = 0;
  uint64_t checks = 0;

  friend bool operator==(const ClosedForm& a, const ClosedForm& b) {
    return a.references == b.references && a.checks == b.checks;
  }
};

/// The closed form of a full walk (spec 2.3): of a data address of class `segments`, `guest_levels`
/// and `nested_levels` deep (4, or 5 with LA57, less 1 for 2M and 2 for 1G pages), all guest tables
/// inside the VMM segment where it is on. An address in both segments needs no walk. Throws
/// std::invalid_argument where the class needs a segment or dimension that is off, or a depth is
/// not 2 to 5.
ClosedForm closed_form(const WalkDimensions& dimensions, SegmentClass segments, int guest_levels,
                       int nested_levels);

}  // namespace nestwalk
