// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/extras.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "sim/reproduce/figures.h"
#include "sim/reproduce/silicon.h"
#include "sim/reproduce/tables.h"
#include "tests/sim/reproduce/planned_results.h"

namespace nestwalk {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Cycles of a run in which each of `changes` costs 700, on top of 20,000 for the mixture.
double changing_cycles(const std::string& cell) {
  for (const double changes : {500.0, 100.0, 20.0})
    if (has(cell, " " + std::to_string(static_cast<int>(changes)) + " times"))
      return 1e6 + 20000 + 700 * changes;
  return 1e6;
}

TEST(ModeChanges, CostIsTheSlopeAndNotTheMixture) {
  const auto experiment = mode_changes({});
  const PlannedResults results(*experiment);
  const std::string page =
      results.report([](const std::string& cell) { return run_result(changing_cycles(cell)); });
  EXPECT_TRUE(has(page, "| 37.0 % | 9.0 % | 3.4 % | 700 | 2.0 % | 0 % |")) << page;
  EXPECT_TRUE(has(results.read("mode-changes.csv"), ",370000,0.370000,700.0,20000\n"));
}

TEST(ModeChanges, MixtureAloneCostsNothingAChange) {
  const auto experiment = mode_changes({});
  const std::string page = PlannedResults(*experiment).report([](const std::string& cell) {
    return run_result(has(cell, "changing") ? 1.02e6 : 1e6);
  });
  EXPECT_TRUE(has(page, "| 2.0 % | 2.0 % | 2.0 % | 0 | 2.0 % | 0 % |")) << page;
}

TEST(LargePages, RunsOnceWhatAModeMakesNoDifferenceOf) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  large_pages({})->plan(campaign);
  const auto count = [&](const std::string& mode) {
    return std::count_if(campaign.cells().begin(), campaign.cells().end(), [&](const Cell& cell) {
      return has(cell.name, "pages gups " + mode + " ");
    });
  };
  EXPECT_EQ(count("native"), 4);
  EXPECT_EQ(count("vmm-direct"), 4);
  EXPECT_EQ(count("base-virtualized"), 7);
  EXPECT_EQ(count("guest-direct"), 7);
  EXPECT_EQ(count("dual-direct"), 1);
  EXPECT_EQ(count("native-direct"), 1);
}

TEST(RunLengths, EveryPartNamesItsOwn) {
  const auto plain = [](const std::string&) { return run_result(1e6); };
  EXPECT_TRUE(has(PlannedResults(*figure_12({1})).report(plain), "1000000 data references"));
  EXPECT_TRUE(has(PlannedResults(*figure_13({1})).report(plain), "1000000 data references"));
  EXPECT_TRUE(has(PlannedResults(*mode_changes({1})).report(plain), "1000000 data references"));
  EXPECT_TRUE(has(PlannedResults(*tagged_tlbs({1})).report(plain), "1000000 data references"));
  EXPECT_TRUE(has(PlannedResults(*large_pages({1})).report(plain), "500000 data references"));
  EXPECT_TRUE(has(PlannedResults(*sensitivity({1})).report(plain), "333333 data references"));
}

TEST(RunLengths, AreWhatTheRunsHave) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  large_pages({1})->plan(campaign);
  for (const Cell& cell : campaign.cells()) {
    EXPECT_EQ(cell.parameters.at("references"), 500000);
    EXPECT_EQ(cell.parameters.at("warmup"), 250000);
  }
}

TEST(VerificationCell, SaysThatItTriedNoClosedForm) {
  const Cell cell =
      verification_cell("one", paper_config("chase:size=4MiB", Mode::kNative, "4K+4K", {0.0001}));
  EXPECT_TRUE(cell.simulate().at("closed_form").is_null());
}

nlohmann::json silicon_result(double latency) {
  return {{"references", 1000},
          {"instructions", 1000},
          {"cycles", 1000 + 1000 * (latency - 4)},
          {"stall_cycles", 0}};
}

TEST(Tables, OfRunsWithoutAMissHaveNoCostOfAWalk) {
  const auto experiment = paper_tables({});
  const PlannedResults results(*experiment);
  const nlohmann::json mode{
      {"predicted_cycles", 0}, {"simulated_cycles", 0}, {"error", nullptr}, {"because", nullptr}};
  const std::string page = results.report([&](const std::string& cell) {
    if (!has(cell, "verify ")) {
      auto result = run_result(1000, 0, 0);
      result["walks"]["memory_references"] = 0;
      return result;
    }
    return nlohmann::json{
        {"c_n", nullptr}, {"c_v", nullptr}, {"m_n", 0}, {"modes", {{"vmm-direct", mode}}}};
  });
  EXPECT_TRUE(has(page, "| gups |  |  | vmm-direct | 0 | 0 | - | - | - | - |")) << page;
  EXPECT_TRUE(has(results.read("table4.csv"), "gups,,,0,vmm-direct,0,0,,,,\n"))
      << results.read("table4.csv");
}

TEST(Silicon, CountsWhatIsByConstructionApart) {
  const std::string page = PlannedResults(*silicon_experiment({1})).report([](const std::string&) {
    return silicon_result(4);
  });
  // 68 cells of 236 by construction, and 3 of larger regions that few loads cover.
  EXPECT_TRUE(has(page, "| cells within 20 % | at least 90 % | 30.1 % | missed |")) << page;
  EXPECT_TRUE(has(page, "32KiB | at least 90 % | 1.8 % | missed |")) << page;
  EXPECT_TRUE(has(page, "the 168 of regions past 32KiB")) << page;
  EXPECT_TRUE(has(page, "The other 68 cells")) << page;
}

TEST(Silicon, CalibratedStepsAreNoTest) {
  const std::string page =
      PlannedResults(*silicon_experiment({1})).report([](const std::string& cell) {
        return silicon_result(has(cell, " 4MiB by ") ? 56 : 46);
      });
  size_t rows = 0;
  for (size_t at = page.find("| near walk"); at != std::string::npos;
       at = page.find("| near walk", at + 1)) {
    const std::string row = page.substr(at, page.find('\n', at) - at);
    EXPECT_TRUE(has(row, "calibration: reproduced")) << row;
    EXPECT_FALSE(has(row, "met")) << row;
    ++rows;
  }
  EXPECT_EQ(rows, 3u);
  EXPECT_TRUE(has(page, "latency.l3")) << page;
}

/// One round of the region after two of warm-up, within bounds.
TEST(Silicon, RunsAreAsLongAsThePageSays) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  silicon_experiment({1})->plan(campaign);
  for (const Cell& cell : campaign.cells()) {
    const std::string workload = cell.parameters.at("workload");
    uint64_t size = 0;
    uint64_t stride = 0;
    ASSERT_EQ(
        std::sscanf(workload.c_str(), "chase:size=%" SCNu64 ",stride=%" SCNu64, &size, &stride), 2)
        << workload;
    const uint64_t round = size / stride;
    const uint64_t most = size < 64 << 20 ? 2'200'000 : 700'000;
    EXPECT_EQ(cell.parameters.at("warmup"), std::clamp<uint64_t>(2 * round, 4'000, most))
        << workload;
    EXPECT_EQ(cell.parameters.at("references"), std::clamp<uint64_t>(round, 4'000, 400'000))
        << workload;
  }
}

}  // namespace
}  // namespace nestwalk
