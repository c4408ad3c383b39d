// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/constraint.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

bool holds(const std::string& text) {
  return Constraint(text).holds([](const std::string& key) -> Value {
    if (key == "mode") return std::string("vmm-direct");
    if (key == "memory.l2.size") return int64_t{256} << 10;
    if (key == "l2_tlb.entries") return int64_t{512};
    if (key == "fetch") return true;
    if (key == "core.exposed") return 0.1;
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

TEST(Constraint, AFractionIsWhatAKeyOfItHolds) {
  EXPECT_TRUE(holds("core.exposed == 0.1"));
  EXPECT_TRUE(holds("core.exposed <= 0.1"));
  EXPECT_FALSE(holds("core.exposed > 0.1"));
  EXPECT_FALSE(holds("core.exposed == 0.2"));
}

TEST(Constraint, ANumberMayHaveAnExponent) {
  EXPECT_TRUE(holds("core.exposed == 1e-1"));
  EXPECT_TRUE(holds("core.exposed==1.0E-1"));
  EXPECT_TRUE(holds("l2_tlb.entries == 5.12e+2"));
  EXPECT_TRUE(holds("l2_tlb.entries == 0x1fe+2")) << "a sum";
  EXPECT_TRUE(holds("12-2 == 10"));
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
                           "3Kib > 1", "$ == 1", "1e99999 > 1", "1.2.3 > 1"})
    EXPECT_THROW(Constraint{text}, InputError) << text;
}

std::string error_of(const std::string& text) {
  try {
    Constraint(text, "sweep.toml:7").holds([](const std::string&) { return Value(int64_t{5}); });
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Constraint, SaysWhatIsNoNumber) {
  EXPECT_EQ(error_of("core.cpi > 1e-"),
            "constraint \"core.cpi > 1e-\": \"1e-\" is neither a number nor a size such as 64KiB");
  EXPECT_EQ(error_of("0.5.5 > 1"),
            "constraint \"0.5.5 > 1\": \"0.5.5\" is neither a number nor a size such as 64KiB");
}

TEST(Constraint, RefusesNestingThatIsTooDeep) {
  const auto repeat = [](const std::string& part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  EXPECT_EQ(error_of(repeat("(", 20000) + "true" + repeat(")", 20000)),
            "constraint \"" + repeat("(", 80) +
                "...\": is nested too deep at character 501: at most 500 levels");
  EXPECT_NE(error_of(repeat("not ", 200000) + "true").find("is nested too deep"),
            std::string::npos);
  EXPECT_NE(error_of("seed" + repeat(" + 1", 200000) + " == 1").find("is nested too deep"),
            std::string::npos);
  EXPECT_TRUE(holds(repeat("(", 400) + "true" + repeat(")", 400)));
  EXPECT_TRUE(holds("1" + repeat(" + 1", 400) + " == 401"));
}

TEST(Constraint, TellsWhereItStands) {
  EXPECT_EQ(error_of("seed"),
            "sweep.toml:7: constraint \"seed\": a constraint needs a comparison, true or false");
}

TEST(Constraint, RefusesValuesThatDoNotFit) {
  for (const char* text : {"1", "mode < 3", "mode == 3", "not 5", "1 / 0 == 1", "1 % 0 == 1",
                           "references > 5", "fetch and 1"})
    EXPECT_THROW(holds(text), InputError) << text;
}

}  // namespace
}  // namespace nestwalk
