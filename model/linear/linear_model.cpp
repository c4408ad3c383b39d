// SPDX-License-Identifier: Apache-2.0
#include "model/linear/linear_model.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace nestwalk {
namespace {

/// Shares are quotients of counts: their sum may pass 1 by rounding.
constexpr double kRounding = 1e-9;

void require_amount(double value, const char* name) {
  if (std::isfinite(value) && value >= 0) return;
  throw std::domain_error(std::string("linear model: ") + name +
                          " must be a finite number, 0 or more");
}

void require_share(double value, const char* name) {
  if (value >= 0 && value <= 1 + kRounding) return;
  throw std::domain_error(std::string("linear model: ") + name + " must be 0 to 1");
}

void require_domain(const LinearModelInput& input) {
  require_amount(input.native_walk, "C_n");
  require_amount(input.nested_walk, "C_v");
  require_amount(input.misses, "M_n");
  require_amount(input.vmm_direct_checks, "D_VD");
  require_amount(input.guest_direct_checks, "D_GD");
}

}  // namespace

Prediction predict_native_direct(const LinearModelInput& input, double in_segment) {
  require_domain(input);
  require_share(in_segment, "F_DS");
  const double walks = (1 - in_segment) * input.misses;
  return {input.native_walk * walks, walks, 0};
}

Prediction predict_vmm_direct(const LinearModelInput& input, double in_segment) {
  return predict_dual_direct(input, {0, in_segment, 0});
}

Prediction predict_guest_direct(const LinearModelInput& input, double in_segment) {
  return predict_dual_direct(input, {0, 0, in_segment});
}

Prediction predict_dual_direct(const LinearModelInput& input, const MissShares& shares) {
  require_domain(input);
  require_share(shares.both, "F_DD");
  require_share(shares.vmm_only, "F_VD");
  require_share(shares.guest_only, "F_GD");
  require_share(shares.both + shares.vmm_only + shares.guest_only, "F_DD + F_VD + F_GD");
  const double checks =
      input.vmm_direct_checks * shares.vmm_only + input.guest_direct_checks * shares.guest_only;
  const double neither = std::fmax(0, shares.neither());
  const double cycles = input.native_walk * (shares.vmm_only + shares.guest_only) + checks +
                        input.nested_walk * neither;
  const double walks = shares.vmm_only + shares.guest_only + neither;
  return {cycles * input.misses, walks * input.misses, checks * input.misses};
}

}  // namespace nestwalk
