// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/statements.h"

#include <gtest/gtest.h>

#include "tests/sim/reproduce/planned_results.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// The page's line of the statement that begins so.
std::string line(const std::string& page, const std::string& begin) {
  const size_t from = page.find("| " + begin);
  return from == std::string::npos ? "" : page.substr(from, page.find('\n', from) - from);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

class Statements : public ::testing::Test {
 protected:
  std::string report(const PlannedResults::Result& result) const {
    return PlannedResults(*experiment_).report(result);
  }

  std::unique_ptr<Experiment> experiment_ = published_statements({});
};

TEST_F(Statements, GainOfLargePagesFailsWithOneSlowerWorkload) {
  const std::string all_gain = report(
      [](const std::string& cell) { return run_result(ends_with(cell, " 4K+VD") ? 2e6 : 1e6); });
  EXPECT_TRUE(has(line(all_gain, "vmm-direct gains"), "faster in 10"));
  EXPECT_TRUE(has(line(all_gain, "vmm-direct gains"), "**agrees**"));

  const std::string one_loses = report([](const std::string& cell) {
    if (cell == "run cactusadm 1G+VD") return run_result(3e6, 165550);
    return run_result(ends_with(cell, " 4K+VD") ? 2e6 : 1e6);
  });
  EXPECT_TRUE(has(line(one_loses, "vmm-direct gains"), "**differs**"));
  EXPECT_TRUE(has(line(one_loses, "vmm-direct gains"), "cactusadm with 1G: 165550 walks for 1000"))
      << one_loses;
}

TEST_F(Statements, RunsOfFewWalksAreInNoMean) {
  const std::string page = report([](const std::string& cell) {
    if (cell == "run gemsfdtd 2M+2M") return run_result(1e6, 1, 90);
    if (cell == "run streamcluster 2M") return run_result(1e6, 0, 0);
    const bool two_dimensions = ends_with(cell, " 4K+2M") || ends_with(cell, " 2M+2M");
    return run_result(1e6, 1000, two_dimensions ? 15000 : 10000);
  });
  EXPECT_TRUE(has(line(page, "2D walks: cycles per TLB miss x1.5"),
                  "x1.50 (4K+2M over 4K; 10 workloads), x1.50 (2M+2M over 2M; 8 workloads)"))
      << page;
  EXPECT_TRUE(has(line(page, "2D walks: cycles per TLB miss x1.5"), "**agrees**"));
  EXPECT_TRUE(has(line(page, "2D walks: cycles per TLB miss x2.4"), "**differs**"));
}

TEST_F(Statements, SizesThatDisagreeAreNotComparable) {
  const std::string page = report([](const std::string& cell) {
    if (ends_with(cell, " 4K+2M")) return run_result(1e6, 1000, 15000);
    return run_result(1e6, 1000, ends_with(cell, " 2M+2M") ? 25000 : 10000);
  });
  EXPECT_TRUE(has(line(page, "2D walks: cycles per TLB miss x1.5"), "**not comparable**")) << page;
}

TEST_F(Statements, VmmDirectFasterThanNativeDiffers) {
  const auto of_vmm_direct = [this](double cycles) {
    return line(report([=](const std::string& cell) {
                  return run_result(ends_with(cell, " 4K+VD") ? cycles : 1e6);
                }),
                "vmm-direct: 2 % slower");
  };
  EXPECT_TRUE(has(of_vmm_direct(0.998e6), "**differs**"));
  EXPECT_TRUE(has(of_vmm_direct(1.02e6), "**agrees**"));
  EXPECT_TRUE(has(of_vmm_direct(1.045e6), "**differs**"));
}

TEST_F(Statements, FilterIsJudgedByItsWorstSetInBothModes) {
  const auto with = [this](const std::string& slow_cell, double cycles) {
    return line(report([&](const std::string& cell) {
                  return run_result(cell == slow_cell ? cycles : 1e6);
                }),
                "escape filter");
  };
  EXPECT_TRUE(has(with("bad pages gups dual-direct 16 seed 2", 1.004e6), "**agrees**"));
  // The mean over the three sets would be 0.3 %.
  EXPECT_TRUE(has(with("bad pages gups dual-direct 16 seed 2", 1.009e6), "0.9 % in dual-direct"));
  EXPECT_TRUE(has(with("bad pages gups dual-direct 16 seed 2", 1.009e6), "**differs**"));
  EXPECT_TRUE(has(with("bad pages gups vmm-direct 16 seed 2", 1.004e6), "**differs**"));
}

TEST_F(Statements, WhatIsDerivedStandsInNoTableOfWhatIsPublished) {
  const std::string page = report([](const std::string&) { return run_result(1e6); });
  const size_t derived = page.find("Not published, a derivation of ours");
  ASSERT_NE(derived, page.npos);
  const size_t number = page.find("33 to 38 cycles");
  EXPECT_GT(number, derived);
  EXPECT_LT(number, page.find('\n', derived)) << "in that paragraph alone";
  EXPECT_FALSE(has(page.substr(number + 1), "33 to 38 cycles"));
}

TEST_F(Statements, RunsWithoutAnOverheadAreRefused) {
  Json result = run_result(1e6);
  result["overhead"] = nullptr;
  EXPECT_THROW(RunFigures{result}, std::runtime_error);
}

}  // namespace
}  // namespace nestwalk
