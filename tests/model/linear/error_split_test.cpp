// SPDX-License-Identifier: Apache-2.0
#include "model/linear/error_split.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nestwalk {
namespace {

constexpr Prediction kPredicted{41000, 1000, 5000};

TEST(ErrorSplit, OfACorrectPredictionIsNothing) {
  const ErrorSplit split = split_error(kPredicted, {1000, 41000, 5000});
  EXPECT_DOUBLE_EQ(split.miss_count, 0);
  EXPECT_DOUBLE_EQ(split.walk_cost, 0);
  EXPECT_DOUBLE_EQ(split.check_cost, 0);
  EXPECT_DOUBLE_EQ(split.error(), 0);
}

TEST(ErrorSplit, BlamesTheOnlyCause) {
  EXPECT_NEAR(split_error(kPredicted, {1100, 45100, 5500}).miss_count, 0.1, 1e-12);
  EXPECT_NEAR(split_error(kPredicted, {1100, 45100, 5500}).walk_cost, 0, 1e-12);
  EXPECT_NEAR(split_error(kPredicted, {1000, 45100, 5000}).walk_cost, 0.1, 1e-12);
  EXPECT_NEAR(split_error(kPredicted, {1000, 45100, 9100}).check_cost, 0.1, 1e-12);
  const ErrorSplit filter =
      split_error(kPredicted, {1000, 41000, 5000}, {900, 10, 0}, {10, 800, 0});
  EXPECT_NEAR(filter.filter, -100.0 / 41900, 1e-12);
  EXPECT_NEAR(filter.error(), -100.0 / 41900, 1e-12);
}

TEST(ErrorSplit, BlamesTheNumberOfWalksThatNobodyExpected) {
  const ErrorSplit split = split_error({0, 0, 0}, {2, 100, 2}, {900, 10, 0}, {10, 900, 0});
  EXPECT_DOUBLE_EQ(split.miss_count, 100.0 / 900);
  EXPECT_DOUBLE_EQ(split.error(), 100.0 / 900);
}

TEST(ErrorSplit, RefusesToDivideByNothing) {
  EXPECT_THROW(split_error({0, 0, 0}, {1, 100, 0}), std::domain_error);
}

RC_GTEST_PROP(ErrorSplit, SumsToTheError, ()) {
  const auto amount = [](int least) {
    return static_cast<double>(*rc::gen::inRange(least, 1000000));
  };
  const Prediction predicted{amount(1), amount(1), amount(0)};
  const ObservedWalks observed{amount(0), amount(0), amount(0)};
  const Prediction predicted_escaped{amount(0), amount(0), amount(0)};
  const ObservedWalks observed_escaped{amount(0), amount(0), amount(0)};
  const ErrorSplit split = split_error(predicted, observed, predicted_escaped, observed_escaped);
  const double error =
      (observed.cycles + observed_escaped.cycles) / (predicted.cycles + predicted_escaped.cycles) -
      1;
  const double parts = split.miss_count + split.walk_cost + split.check_cost + split.filter;
  const double largest = std::max({std::abs(split.miss_count), std::abs(split.walk_cost),
                                   std::abs(split.check_cost), std::abs(split.filter)});
  RC_ASSERT(std::abs(parts - error) <= 1e-12 * (1 + largest));
}

}  // namespace
}  // namespace nestwalk
