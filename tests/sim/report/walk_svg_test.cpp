// SPDX-License-Identifier: Apache-2.0
#include "sim/report/walk_svg.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

TEST(WalkSvg, CountsCyclesInEnglishAndStatesTheTotal) {
  const std::vector<WalkRecorder::Step> steps{
      {PageWalk::Need::kGuestStructure, 4, 0, HostPhysical(0), 0, 1, MemoryLevel::kL1d,
       LookUpResult::kMiss},
      {PageWalk::Need::kRead, 1, 0, HostPhysical(0x1000), 0x2003, 12, MemoryLevel::kL2}};
  const std::string svg = draw_walk_svg(steps, 4, 0, "a < b", "1 + 12 = 13 cycles");
  for (const char* text : {">guest structure cache: miss, 1 cycle<", ">L2 12 cycles<", ">a &lt; b<",
                           ">1 + 12 = 13 cycles<", "<title>a &lt; b</title>"})
    EXPECT_NE(svg.find(text), std::string::npos) << text << '\n' << svg;
}

// A native walk has one column, and its sum is a long line.
TEST(WalkSvg, IsAsWideAsItsText) {
  const std::vector<WalkRecorder::Step> steps{
      {PageWalk::Need::kRead, 1, 0, HostPhysical(0x1000), 0x2003, 12, MemoryLevel::kL2}};
  const std::string total(100, 'x');
  const std::string svg = draw_walk_svg(steps, 4, 0, "title", total);
  const int width = std::stoi(svg.substr(svg.find(" width=\"") + 8));
  constexpr int kNarrowest = 6;  // pixels of a character
  EXPECT_GE(width, 100 + static_cast<int>(total.size()) * kNarrowest);
  EXPECT_LT(std::stoi(draw_walk_svg(steps, 4, 0, "title", "x").substr(svg.find(" width=\"") + 8)),
            width);
}

TEST(WalkSvg, IsAsWideAsItsLookUps) {
  const std::string svg = draw_walk_svg({{PageWalk::Need::kNestedTlb, 0, 0, HostPhysical(0), 0, 7,
                                          MemoryLevel::kL1d, LookUpResult::kDenied}},
                                        4, 4, "title", "x");
  const std::string look_up = "nested TLB: hit without rights or D, 7 cycles";
  const size_t at = svg.find(">" + look_up + "<");
  ASSERT_NE(at, std::string::npos) << svg;
  const double from = std::stod(svg.substr(svg.rfind("x=\"", at) + 3));
  constexpr double kCharacter = 6;  // pixels, at a size of 11
  EXPECT_GE(std::stoi(svg.substr(svg.find(" width=\"") + 8)),
            from + kCharacter * static_cast<double>(look_up.size()));
}

TEST(WalkSvg, AReadOfManyCyclesStaysWithinItsCell) {
  const auto size_of = [](uint64_t cycles) {
    const std::string svg = draw_walk_svg(
        {{PageWalk::Need::kRead, 1, 0, HostPhysical(0x1000), 0x2003, cycles, MemoryLevel::kMemory}},
        4, 0, "title", "x");
    const size_t text = svg.find(">memory " + std::to_string(cycles) + " cycles<");
    EXPECT_NE(text, svg.npos) << svg;
    return std::stod(svg.substr(svg.rfind("font-size=\"", text) + 11));
  };
  constexpr double kWidth = 152 - 30;  // of a cell, from where the text begins
  constexpr double kCharacter = 0.55;  // of the size
  EXPECT_EQ(size_of(190), 12);
  EXPECT_LE(size_of(1000000) * kCharacter * 21, kWidth);  // "memory 1000000 cycles"
}

}  // namespace
}  // namespace nestwalk
