// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/bar_chart.h"

#include <algorithm>
#include <array>

#include "sim/plot/svg.h"

namespace nestwalk {
namespace {

// Okabe and Ito's palette: told apart by every kind of eye.
constexpr std::array kColors{"#56b4e9", "#d55e00", "#009e73", "#e69f00", "#cc79a7"};
constexpr const char* kFaint = "#666666";

constexpr double kMargin = 20;
constexpr double kHead = 84;
constexpr double kPanelWidth = 430;
constexpr double kPanelHead = 28;
constexpr double kRow = 19;
constexpr double kLabelWidth = 96;
constexpr double kValueWidth = 74;
constexpr double kGap = 26;

double panel_height(const BarChart::Panel& panel) {
  return kPanelHead + kRow * static_cast<double>(panel.bars.size());
}

void draw_panel(Svg& svg, const BarChart::Panel& panel, double x, double y) {
  svg.text(x, y + 16, panel.title, {13, Svg::Anchor::kStart, "#222222", true, 0});
  double longest = 0;
  for (const BarChart::Bar& bar : panel.bars) longest = std::max(longest, bar.value);
  const double room = kPanelWidth - kLabelWidth - kValueWidth;
  double row = y + kPanelHead;
  for (const BarChart::Bar& bar : panel.bars) {
    const double length = longest > 0 ? std::max(0.0, bar.value) / longest * room : 0;
    svg.text(x + kLabelWidth - 6, row + 13, bar.label,
             {11, Svg::Anchor::kEnd, "#222222", false, 0});
    svg.rectangle(x + kLabelWidth, row + 2, std::max(length, 0.8), kRow - 5, kColors[bar.family],
                  bar.label + ": " + bar.text);
    svg.text(x + kLabelWidth + length + 5, row + 13, bar.text,
             {11, Svg::Anchor::kStart, kFaint, false, 0});
    row += kRow;
  }
  svg.line(x + kLabelWidth, y + kPanelHead, x + kLabelWidth, row, kFaint);
}

void draw_legend(Svg& svg, const std::vector<std::string>& families) {
  double x = kMargin;
  for (size_t i = 0; i < families.size(); ++i) {
    svg.rectangle(x, 58, 12, 12, kColors[i]);
    svg.text(x + 17, 68, families[i], {12, Svg::Anchor::kStart, "#222222", false, 0});
    x += 40 + 7.2 * static_cast<double>(families[i].size());
  }
}

}  // namespace

std::string to_svg(const BarChart& chart) {
  const size_t columns = std::max<size_t>(1, std::min(chart.columns, chart.panels.size()));
  std::vector<double> tops;  // of each row of panels
  double y = kHead;
  for (size_t first = 0; first < chart.panels.size(); first += columns) {
    tops.push_back(y);
    double tallest = 0;
    for (size_t i = first; i < std::min(first + columns, chart.panels.size()); ++i)
      tallest = std::max(tallest, panel_height(chart.panels[i]));
    y += tallest + kGap;
  }
  const auto count = static_cast<double>(columns);
  Svg svg(2 * kMargin + count * kPanelWidth + (count - 1) * kGap, y, chart.title);
  svg.text(kMargin, 26, chart.title, {17, Svg::Anchor::kStart, "#222222", true, 0});
  svg.text(kMargin, 46, chart.subtitle, {12, Svg::Anchor::kStart, kFaint, false, 0});
  draw_legend(svg, chart.families);
  for (size_t i = 0; i < chart.panels.size(); ++i)
    draw_panel(svg, chart.panels[i],
               kMargin + static_cast<double>(i % columns) * (kPanelWidth + kGap),
               tops[i / columns]);
  return svg.take();
}

}  // namespace nestwalk
