// SPDX-License-Identifier: Apache-2.0
#include "sim/config/suggestion.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

TEST(Suggestion, TakesTheNearest) {
  EXPECT_EQ(suggest("verfy", {"run", "verify", "trace"}), "verify");
  EXPECT_EQ(suggest("gupps", {"gups", "mcf"}), "gups");
}

TEST(Suggestion, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(suggest("l2_tbl.entries", {"l2.entries", "l2_tlb.entries", "nested_tlb.entries"}),
            "l2_tlb.entries");
  EXPECT_EQ(suggest("rnu", {"ruin", "run"}), "run");
}

TEST(Suggestion, FindsARightNameInAnotherTable) {
  EXPECT_EQ(suggest("tlb.coalesce", {"seed", "walker.coalesce"}), "walker.coalesce");
}

TEST(Suggestion, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(suggest("xyzzy", {"run", "verify"}), "");
  EXPECT_EQ(suggest("run", {}), "");
}

}  // namespace
}  // namespace nestwalk
