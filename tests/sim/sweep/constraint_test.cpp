// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/constraint.h"

#include <gtest/gtest.h>

#include "sim/config/input_error.h"

namespace nestwalk {
namespace {

bool holds(const std::string& text) {
  return Constraint(text).holds([](const std::string& key) -> Value {
    if (key == "mode") return std::string("vmm-direct");
    if (key == "memory.l2.size") return int64_t{256} << 10;
    if (key == "l2_tlb.entries") return int64_t{512};
    if (key == "fetch") return true;
    return {};
  });
}

TEST(Constraint, ComparesNumbersSizesTextsAndTruths) {
  EXPECT_TRUE(holds("l2_tlb.entries == 512"));
  EXPECT_FALSE(holds("l2_tlb.entries < 512"));
  EXPECT_TRUE(holds("l2_tlb.entries <= 512"));
  EXPECT_TRUE(holds("memory.l2.size == 256KiB"));
  EXPECT_FALSE(holds("memory.l2.size > 1MiB"));
  EXPECT_TRUE(holds("mode == 'vmm-direct'"));
  EXPECT_TRUE(holds("mode != \"native\""));
  EXPECT_TRUE(holds("fetch"));
  EXPECT_FALSE(holds("fetch == false"));
}

TEST(Constraint, HasTheUsualPrecedence) {
  EXPECT_TRUE(holds("1 + 2 * 3 == 7"));
  EXPECT_TRUE(holds("(1 + 2) * 3 == 9"));
  EXPECT_TRUE(holds("10 - 2 - 3 == 5"));
  EXPECT_TRUE(holds("l2_tlb.entries % 5 == 2"));
  EXPECT_TRUE(holds("1 / 4 == 0.25"));
  EXPECT_TRUE(holds("true or false and false"));
  EXPECT_FALSE(holds("(true or false) and false"));
  EXPECT_TRUE(holds("not 1 == 2 and true"));
}

TEST(Constraint, DecidesOnlyWhatItNeeds) {
  EXPECT_TRUE(holds("mode == 'vmm-direct' or references > 5"));
  EXPECT_FALSE(holds("mode == 'native' and references > 5"));
}

TEST(Constraint, RefusesWhatIsNoConstraint) {
  for (const char* text : {"", "1 +", "(true", "true)", "l2_tlb.entires > 1", "1 2", "mode == 'x",
                           "3Kib > 1", "$ == 1"})
    EXPECT_THROW(Constraint{text}, InputError) << text;
}

TEST(Constraint, RefusesValuesThatDoNotFit) {
  for (const char* text : {"1", "mode < 3", "mode == 3", "not 5", "1 / 0 == 1", "1 % 0 == 1",
                           "references > 5", "fetch and 1"})
    EXPECT_THROW(holds(text), InputError) << text;
}

}  // namespace
}  // namespace nestwalk
