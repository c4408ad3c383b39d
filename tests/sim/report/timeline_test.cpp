// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/report/timeline_report.h"

namespace nestwalk {
namespace {

TimelineInterval interval(uint64_t end, Mode mode, uint64_t walk_cycles, uint64_t software_cycles,
                          uint64_t cycles) {
  TimelineInterval one;
  one.end = end;
  one.mode = mode;
  one.walk_cycles = walk_cycles;
  one.software_cycles = software_cycles;
  one.cycles = one.core_cycles = cycles;
  return one;
}

std::string last_line(const std::string& text) {
  const size_t end = text.rfind('\n');
  const size_t begin = text.rfind('\n', end - 1) + 1;
  return text.substr(begin, end - begin);
}

TEST(TimelineText, SetsWalksAgainstTheTimeWithoutWalksAndSoftware) {
  const std::string line =
      last_line(to_text({interval(1000, Mode::kBaseVirtualized, 300, 100, 1000)}));
  EXPECT_NE(line.find("base-virtualized"), line.npos);
  EXPECT_NE(line.find(" 50.0 % "), line.npos) << "300 / (1000 - 300 - 100): " << line;
}

TEST(TimelineText, HasNoOverheadWhereNothingElseTookTime) {
  const std::string line =
      last_line(to_text({interval(1000, Mode::kBaseVirtualized, 900, 100, 1000)}));
  EXPECT_NE(line.find(" - "), line.npos) << line;
  EXPECT_EQ(line.find('%'), line.npos) << line;
}

/// 100 intervals are three to a line; where the mode changes a line ends.
TEST(TimelineText, DrawsIntervalsThatAreAlikeTogether) {
  Timeline timeline;
  for (uint64_t i = 1; i <= 100; ++i)
    timeline.push_back(
        interval(10 * i, i <= 50 ? Mode::kBaseVirtualized : Mode::kVmmDirect, 100, 0, 300));
  const std::string text = to_text(timeline);
  const auto heading = 3;
  const auto lines_a_mode = (50 + 2) / 3;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), heading + 2 * lines_a_mode);
  EXPECT_NE(text.find("            500 base-virtualized"), text.npos) << text;
  EXPECT_NE(last_line(text).find("1,000 vmm-direct"), text.npos) << text;
  EXPECT_NE(last_line(text).find(" 200 "), text.npos) << "two intervals are left: " << text;
}

TEST(TimelineJson, HasAllIntervalsAndEvents) {
  const auto json = to_json({interval(10, Mode::kVmmDirect, 1, 2, 3)}, {{7, "compacted"}});
  EXPECT_EQ(json.at("intervals").size(), 1);
  EXPECT_EQ(json.at("intervals")[0].at("mode"), "vmm-direct");
  EXPECT_EQ(json.at("intervals")[0].at("software_cycles"), 2);
  EXPECT_EQ(json.at("events"),
            nlohmann::ordered_json::parse(R"([{"reference": 7, "what": "compacted"}])"));
}

}  // namespace
}  // namespace nestwalk
