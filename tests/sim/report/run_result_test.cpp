// SPDX-License-Identifier: Apache-2.0
#include "sim/report/run_result.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"
#include "sim/report/comparison.h"
#include "sim/version.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

/// Every count another number, so that none can stand in another's place.
RunResult example() {
  RunResult result;
  result.config.mode = Mode::kVmmDirect;
  result.config.workload = "gups";
  result.references = 1000;
  result.instructions = 2001;
  result.cycles = 5000;
  result.core_cycles = 5000;
  result.stall_cycles = 1500;
  result.ideal_cycles = 3500;
  result.l1_tlb = {600, 400};
  result.l2_tlb = {299, 100};
  result.segments_completed = 1;
  result.walks.walks = 101;
  result.walks.cycles = 1000;
  result.walks.memory_references = 404;
  result.walks.segment_checks = 505;
  result.walks.by_class = {7, 8, 9, 10};
  result.walks.served_by = {11, 12, 13, 14};
  result.walks.merged = 15;
  result.walks.ad_updates = 16;
  result.walks.dirty_assists = 17;
  result.walks.guest_faults = 18;
  result.walks.nested_faults = 19;
  result.walks.by_page_size = {20, 21, 22};
  result.walks.references[4][0] = 23;
  result.walks.references[0][3] = 24;
  result.walks.service.add(5);
  result.escape_filter = {25, 26, 27};
  result.nested_tlb = {28, 29};
  return result;
}

TEST(RunResultJson, HasTheFieldsOfTheInterfaceInItsOrder) {
  Json json = to_json(example());
  const Json expected = Json::parse(R"({
    "mode": "vmm-direct", "pages": "4K+4K", "timing": "lt", "seed": 1,
    "references": 1000, "instructions": 2001, "cycles": 5000, "stall_cycles": 1500,
    "ideal_cycles": 3500, "overhead": 0.25,
    "l1_tlb": {"hits": 600, "misses": 400}, "l2_tlb": {"hits": 299, "misses": 100},
    "segments": {"completed": 1}})");
  std::vector<std::string> names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  const std::vector<std::string> first{
      "nestwalk",   "config",       "mode",     "pages",        "timing",        "seed",
      "references", "instructions", "cycles",   "stall_cycles", "ideal_cycles",  "overhead",
      "l1_tlb",     "l2_tlb",       "segments", "walks",        "escape_filter", "faults"};
  ASSERT_GE(names.size(), first.size());
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.begin() + 18), first);
  for (const auto& [name, value] : expected.items()) EXPECT_EQ(json[name], value) << name;
  EXPECT_EQ(json["nestwalk"]["version"], kVersion);
  EXPECT_EQ(json["config"]["mode"], "vmm-direct");
}

TEST(RunResultJson, TellsEverythingAboutWalks) {
  Json walks = to_json(example())["walks"];
  EXPECT_EQ(walks["count"], 101);
  EXPECT_EQ(walks["cycles"], 1000);
  EXPECT_EQ(walks["memory_references"], 404);
  EXPECT_EQ(walks["segment_checks"], 505);
  EXPECT_EQ(walks["by_class"],
            Json::parse(R"({"both": 10, "vmm_only": 9, "guest_only": 8, "neither": 7})"));
  EXPECT_EQ(walks["served_by"], Json::parse(R"({"l1d": 11, "l2": 12, "l3": 13, "memory": 14})"));
  EXPECT_EQ(walks["merged"], 15);
  EXPECT_EQ(walks["ad_updates"], 16);
  EXPECT_EQ(walks["dirty_assists"], 17);
  EXPECT_EQ(walks["by_page_size"], Json::parse(R"({"4K": 20, "2M": 21, "1G": 22})"));
  EXPECT_EQ(walks["references_by_level"]["guest_4"]["entry"], 23);
  EXPECT_EQ(walks["references_by_level"]["data"]["nested_3"], 24);
  EXPECT_EQ(walks["service_cycles"].size(), 4U);
  EXPECT_EQ(walks["service_cycles"][3], Json::parse(R"({"up_to": 7, "count": 1})"));
  EXPECT_EQ(walks["wait_cycles"], Json::array());
}

TEST(RunResultJson, TellsFilterFaultsAndNestedTlb) {
  Json json = to_json(example());
  EXPECT_EQ(json["escape_filter"],
            Json::parse(R"({"lookups": 25, "positives": 26, "false_positives": 27})"));
  EXPECT_EQ(json["faults"], Json::parse(R"({"guest": 18, "nested": 19})"));
  EXPECT_EQ(json["nested_tlb"], Json::parse(R"({"hits": 28, "misses": 29})"));
}

TEST(RunResultJson, TellsTheAreaOfAllCores) {
  RunResult result = example();
  const Json one = to_json(result);
  uint64_t sum = 0;
  for (const auto& [structure, bits] : one.at("area_by_structure").items())
    sum += bits.get<uint64_t>();
  EXPECT_EQ(one.at("area"), sum);
  EXPECT_EQ(one.at("area_by_structure").at("segments"), 2 * 3 * 52);
  result.config.core.count = 3;
  EXPECT_EQ(to_json(result).at("area"), 3 * sum);
  result.config.core.count = 1;
  result.config.paging.guest_levels = 5;
  EXPECT_GT(to_json(result).at("area"), sum);
}

TEST(RunResultJson, SaysNullWhereNothingIsKnown) {
  RunResult result = example();
  result.ideal_cycles.reset();
  EXPECT_TRUE(to_json(result)["ideal_cycles"].is_null());
  result.walks.cycles = result.cycles;  // walks that overlap
  EXPECT_TRUE(to_json(result)["overhead"].is_null());
}

TEST(RunResultJson, DependsOnTheHostOnlyInItsObject) {
  RunResult result = example();
  EXPECT_FALSE(to_json(result).contains("host"));
  result.host = HostCounts{1.5, 2e6};
  EXPECT_EQ(to_json(result)["host"]["seconds"], 1.5);
}

TEST(RunResultJson, ANativeRunTakesTheGuestHalfOfThePages) {
  RunResult result = example();
  result.config.mode = Mode::kNative;
  EXPECT_EQ(to_json(result)["pages"], "4K");
}

TEST(RunResultText, TellsAPersonWithUnits) {
  const std::string text = to_text(example());
  for (const char* part :
       {"vmm-direct, pages 4K+4K, timing lt, preset paper: gups", "30.0 % of all cycles",
        "9.90 a walk", "4.00 a walk", "5.00 a walk", "25.0 %", "40.0 % of them"})
    EXPECT_NE(text.find(part), text.npos) << part << "\n" << text;
}

TEST(RunResultText, SaysWhichSegmentsTranslatedWhereThereAreSome) {
  RunResult result = example();
  result.walks.walks = 34;
  const std::string text = to_text(result);
  for (const char* line : {"\n  by paging alone                            7   20.6 % of walks\n",
                           "\n  by a guest segment alone                   8   23.5 % of walks\n",
                           "\n  by the VMM segment alone                   9   26.5 % of walks\n",
                           "\n  by both segments                          10   29.4 % of walks\n"})
    EXPECT_NE(text.find(line), text.npos) << line << text;
  result.config.mode = Mode::kBaseVirtualized;
  EXPECT_EQ(to_text(result).find("\n  by "), text.npos);
}

TEST(RunResultText, SurvivesARunOfNothing) {
  EXPECT_FALSE(to_text(RunResult()).empty());
}

TEST(Comparison, HasARowARunRelativeToTheFirst) {
  RunResult native = example();
  native.config.mode = Mode::kNative;
  native.cycles = 4000;
  const std::string table = compare({to_json(native), to_json(example())});
  EXPECT_NE(table.find("\nnative           4K        1.000"), table.npos) << table;
  EXPECT_NE(table.find("\nvmm-direct       4K+4K     1.250"), table.npos) << table;
}

TEST(Comparison, RefusesWhatIsNoResult) {
  EXPECT_THROW(compare({nlohmann::json::parse(R"({"mode": "native"})")}), InputError);
  EXPECT_THROW(compare({nlohmann::json::array()}), InputError);
}

}  // namespace
}  // namespace nestwalk
