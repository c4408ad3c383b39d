// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include <gtest/gtest.h>

#include <regex>

#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

constexpr uint64_t kAddress = 0x10000000000;

/// The last load is of `kAddress`, so that a TLB knows it.
RunSpec spec(const std::string& trace, Mode mode) {
  RunSpec spec;
  spec.config.mode = mode;
  spec.config.trace = trace;
  return spec;
}

uint64_t number_after(const std::string& text, const std::string& pattern) {
  std::smatch found;
  EXPECT_TRUE(std::regex_search(text, found, std::regex(pattern))) << pattern << " in\n" << text;
  return found.empty() ? 0 : std::stoull(found[1]);
}

class Explain : public testing::Test {
 protected:
  std::string trace(const char* text) { return directory_.write("trace.txt", text); }

  TemporaryDirectory directory_;
};

/// The structure caches and the nested TLB know the way to the page, and its table: what is left is
/// the guest's last entry.
TEST_F(Explain, TheWalkThatATlbSparedFindsTheStructureCachesWarm) {
  const std::string warm = trace("R 0x10000000000\nR 0x10000001000\nR 0x10000000000\n");
  const std::string text = explain(spec(warm, Mode::kBaseVirtualized), GuestVirtual(kAddress)).text;
  EXPECT_NE(text.find("answered by the L1 TLB, 0 cycles"), std::string::npos) << text;
  EXPECT_EQ(number_after(text, "([0-9]+) table reads"), 1) << text;
}

TEST_F(Explain, TheStepsSumToTheHeadline) {
  const std::string other = trace("R 0x10000001000\n");
  const std::string text =
      explain(spec(other, Mode::kBaseVirtualized), GuestVirtual(kAddress)).text;
  EXPECT_EQ(number_after(text, "answered by a page walk, ([0-9]+) cycles"),
            number_after(text, "= ([0-9]+) cycles"))
      << text;
  EXPECT_EQ(number_after(text, "L2 TLB look-up ([0-9]+) cycles"), 7) << text;
}

}  // namespace
}  // namespace nestwalk
