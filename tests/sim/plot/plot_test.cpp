// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "sim/plot/bar_chart.h"
#include "sim/plot/heat_map.h"
#include "sim/plot/svg.h"

namespace nestwalk {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Svg, EscapesText) {
  Svg svg(10, 10, "a < b & \"c\"");
  svg.text(1, 2, "<script>");
  const std::string text = svg.take();
  EXPECT_NE(text.find("<title>a &lt; b &amp; &quot;c&quot;</title>"), std::string::npos);
  EXPECT_NE(text.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(count(text, "<svg"), 1u);
  EXPECT_EQ(count(text, "</svg>"), 1u);
}

TEST(BarChart, DrawsBarsToScale) {
  BarChart chart;
  chart.title = "t";
  chart.families = {"one"};
  chart.panels = {{"p", {{"a", 1, "1 %", 0}, {"b", 2, "2 %", 0}, {"c", 0, "0 %", 0}}}};
  const std::string text = to_svg(chart);
  EXPECT_EQ(count(text, "<title>"), 4u);  // of the picture and of each bar
  EXPECT_NE(text.find("width=\"260.0\""), std::string::npos) << text;  // the longest
  EXPECT_NE(text.find("width=\"130.0\""), std::string::npos) << text;  // half of it
  EXPECT_NE(text.find(">2 %<"), std::string::npos);
}

TEST(HeatMap, LeavesOutWhatIsNotThere) {
  HeatMap map;
  map.rows = {"r"};
  map.columns = {"c", "d"};
  map.panels = {{"p", HeatMap::Scale::kDiverging, 10, {{-20.0, std::nullopt}}, 0}};
  const std::string text = to_svg(map);
  EXPECT_EQ(count(text, "<rect"), 2u);  // the ground and one cell
  EXPECT_NE(text.find("#0571b0"), std::string::npos) << "full blue";
  EXPECT_NE(text.find(">-20<"), std::string::npos);
}

TEST(HeatMap, RoundsToNothingWithoutASign) {
  HeatMap map;
  map.rows = {"r"};
  map.columns = {"c", "d"};
  map.panels = {{"p", HeatMap::Scale::kDiverging, 10, {{-0.04, -0.06}}, 1}};
  const std::string text = to_svg(map);
  EXPECT_NE(text.find(">0.0<"), std::string::npos) << text;
  EXPECT_NE(text.find(">-0.1<"), std::string::npos) << text;
}

}  // namespace
}  // namespace nestwalk
