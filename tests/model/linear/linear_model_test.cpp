// SPDX-License-Identifier: Apache-2.0
#include "model/linear/linear_model.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace nestwalk {
namespace {

LinearModelInput input() {
  LinearModelInput input;
  input.native_walk = 36;
  input.nested_walk = 90;
  input.misses = 1000;
  return input;
}

double share(int percent) {
  return percent / 100.0;
}

TEST(LinearModel, RowsOfTableFour) {
  EXPECT_DOUBLE_EQ(predict_native_direct(input(), 0.75).cycles, 36 * 0.25 * 1000);
  EXPECT_DOUBLE_EQ(predict_vmm_direct(input(), 0.75).cycles, (41 * 0.75 + 90 * 0.25) * 1000);
  EXPECT_DOUBLE_EQ(predict_guest_direct(input(), 0.75).cycles, (37 * 0.75 + 90 * 0.25) * 1000);
  EXPECT_DOUBLE_EQ(predict_dual_direct(input(), {0.5, 0.25, 0.125}).cycles,
                   (41 * 0.25 + 37 * 0.125 + 90 * 0.125) * 1000);
}

TEST(LinearModel, SaysHowManyWalksAndChecks) {
  const Prediction dual = predict_dual_direct(input(), {0.5, 0.25, 0.125});
  EXPECT_DOUBLE_EQ(dual.walks, 500);
  EXPECT_DOUBLE_EQ(dual.check_cycles, (5 * 0.25 + 1 * 0.125) * 1000);
  EXPECT_DOUBLE_EQ(predict_vmm_direct(input(), 0.75).walks, 1000);
  EXPECT_DOUBLE_EQ(predict_native_direct(input(), 0.75).walks, 250);
}

TEST(LinearModel, OfSegmentsThatHoldEverythingIsTheClosedForm) {
  LinearModelInput closed = input();
  closed.native_walk = 400;
  closed.nested_walk = 2400;
  EXPECT_DOUBLE_EQ(predict_vmm_direct(closed, 1).cycles, 405 * 1000);
  EXPECT_DOUBLE_EQ(predict_guest_direct(closed, 1).cycles, 401 * 1000);
  EXPECT_DOUBLE_EQ(predict_dual_direct(closed, {1, 0, 0}).cycles, 0);
  EXPECT_DOUBLE_EQ(predict_native_direct(closed, 1).cycles, 0);
}

TEST(LinearModel, RefusesWhatIsOutsideItsDomain) {
  LinearModelInput bad = input();
  bad.native_walk = -1;
  EXPECT_THROW(predict_vmm_direct(bad, 0.5), std::domain_error);
  bad = input();
  bad.nested_walk = std::nan("");
  EXPECT_THROW(predict_guest_direct(bad, 0.5), std::domain_error);
  bad = input();
  bad.misses = std::numeric_limits<double>::infinity();
  EXPECT_THROW(predict_native_direct(bad, 0.5), std::domain_error);
  EXPECT_THROW(predict_native_direct(input(), 1.5), std::domain_error);
  EXPECT_THROW(predict_vmm_direct(input(), -0.1), std::domain_error);
  EXPECT_THROW(predict_dual_direct(input(), {0.5, 0.4, 0.3}), std::domain_error);
}

RC_GTEST_PROP(LinearModel, IsBoundedByItsExtremes, ()) {
  const int vmm = *rc::gen::inRange(0, 101);
  const int guest = *rc::gen::inRange(0, 101 - vmm);
  const int both = *rc::gen::inRange(0, 101 - vmm - guest);
  const Prediction prediction =
      predict_dual_direct(input(), {share(both), share(vmm), share(guest)});
  RC_ASSERT(prediction.cycles >= -1e-6);
  RC_ASSERT(prediction.cycles <= 90 * 1000 + 1e-6);
  RC_ASSERT(prediction.check_cycles <= prediction.cycles + 1e-6);
  RC_ASSERT(std::abs(prediction.walks - (1 - share(both)) * 1000) < 1e-6);
}

}  // namespace
}  // namespace nestwalk
