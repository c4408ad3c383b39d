// SPDX-License-Identifier: Apache-2.0
#include "model/array/modulo.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace nestwalk {
namespace {

constexpr uint64_t kDividends = uint64_t{1} << 46;

static_assert(Modulo(384)(1535) == 383 && Modulo(384)(1536) == 0);
static_assert(Modulo(1)(12345) == 0);

// The reciprocal is too large by less than a divisor's part of 2^-64, so the error of the quotient
// grows with the dividend: the greatest n = -1 modulo d is the first to go wrong, if any does.
TEST(Modulo, IsExactForEveryDivisorAtTheWorstDividends) {
  for (uint64_t divisor = 1; divisor <= Modulo::kMaxDivisor; ++divisor) {
    const Modulo modulo(divisor);
    const uint64_t multiple = (kDividends - 1) / divisor * divisor;
    const uint64_t worst =
        multiple + divisor - 1 < kDividends ? multiple + divisor - 1 : multiple - 1;
    ASSERT_EQ(modulo(worst), divisor - 1) << divisor;
    ASSERT_EQ(modulo(multiple), 0U) << divisor;
    ASSERT_EQ(modulo(kDividends - 1), (kDividends - 1) % divisor) << divisor;
    ASSERT_EQ(modulo(divisor - 1), divisor - 1) << divisor;
    ASSERT_EQ(modulo(divisor), 0U) << divisor;
  }
}

RC_GTEST_PROP(Modulo, EqualsTheDivision, ()) {
  const auto divisor = *rc::gen::inRange<uint64_t>(1, Modulo::kMaxDivisor + 1);
  const auto n = *rc::gen::inRange<uint64_t>(0, kDividends);
  RC_ASSERT(Modulo(divisor)(n) == n % divisor);
}

RC_GTEST_PROP(Modulo, LeavesBitsAbove45Aside, (uint64_t n)) {
  const auto divisor = *rc::gen::inRange<uint64_t>(1, Modulo::kMaxDivisor + 1);
  RC_ASSERT(Modulo(divisor)(n) == n % kDividends % divisor);
  RC_ASSERT(Modulo(divisor)(~n) == ~n % kDividends % divisor);
}

}  // namespace
}  // namespace nestwalk
