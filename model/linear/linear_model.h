// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nestwalk {

/// What the paper's linear model (its Table IV; spec 4) is fed with: measured without the new
/// hardware.
struct LinearModelInput {
  double native_walk = 0;          ///< C_n: mean cycles of a native page walk.
  double nested_walk = 0;          ///< C_v: mean cycles of a two-dimensional page walk.
  double misses = 0;               ///< M_n: native misses of the last TLB level.
  double vmm_direct_checks = 5;    ///< D_VD: cycles of a VMM Direct walk's checks.
  double guest_direct_checks = 1;  ///< D_GD: cycles of a Guest Direct walk's checks.
};

/// Shares F of the native misses, by the segments that the address falls in. Each is 0 to 1, and so
/// is their sum; the rest falls in neither.
struct MissShares {
  double both = 0;        ///< F_DD
  double vmm_only = 0;    ///< F_VD
  double guest_only = 0;  ///< F_GD

  double neither() const { return 1 - both - vmm_only - guest_only; }
};

/// What the model says of one design.
struct Prediction {
  double cycles = 0;        ///< On page walks.
  double walks = 0;         ///< How many: the misses that no segment completes.
  double check_cycles = 0;  ///< Of `cycles`, those of segment checks.
};

// The rows of Table IV. Each throws std::domain_error where an input is no finite number of 0 or
// more, or shares are not shares.

/// Direct segment, unvirtualized: C_n (1 - F_DS) M_n.
Prediction predict_native_direct(const LinearModelInput& input, double in_segment);
/// [(C_n + D_VD) F_VD + C_v (1 - F_VD)] M_n.
Prediction predict_vmm_direct(const LinearModelInput& input, double in_segment);
/// [(C_n + D_GD) F_GD + C_v (1 - F_GD)] M_n.
Prediction predict_guest_direct(const LinearModelInput& input, double in_segment);
/// [(C_n + D_VD) F_VD + (C_n + D_GD) F_GD + C_v (1 - F_GD - F_VD - F_DD)] M_n.
Prediction predict_dual_direct(const LinearModelInput& input, const MissShares& shares);

}  // namespace nestwalk
