// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/plot/svg.h"

namespace nestwalk {
namespace {

constexpr double kMargin = 20;
constexpr double kHead = 64;
constexpr double kPanelHead = 56;
constexpr double kLeastRowLabels = 84;
constexpr double kLetter = 6.6;  // width of one, at the size of labels
constexpr double kCellWidth = 46;
constexpr double kCellHeight = 18;
constexpr double kGap = 22;

struct Color {
  double red;
  double green;
  double blue;
};

constexpr Color kWhite{255, 255, 255};
constexpr Color kRed{202, 0, 32};
constexpr Color kBlue{5, 113, 176};
// Light to dark, evenly in lightness.
constexpr std::array kRamp{Color{255, 247, 188}, Color{254, 196, 79}, Color{217, 95, 14},
                           Color{120, 30, 60}};

Color mix(const Color& a, const Color& b, double share) {
  const auto between = [share](double x, double y) { return x + (y - x) * share; };
  return {between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue)};
}

std::string hex(const Color& color) {
  return fmt::format("#{:02x}{:02x}{:02x}", static_cast<int>(color.red),
                     static_cast<int>(color.green), static_cast<int>(color.blue));
}

bool is_dark(const Color& color) {
  return 0.3 * color.red + 0.59 * color.green + 0.11 * color.blue < 130;
}

/// Of one panel.
class Colors {
 public:
  explicit Colors(const HeatMap::Panel& panel) : panel_(panel) {
    for (const auto& row : panel.values)
      for (const auto& value : row)
        if (value && *value > 0) {
          least_ = std::min(least_, *value);
          largest_ = std::max(largest_, *value);
        }
  }

  Color of(double value) const {
    if (panel_.scale == HeatMap::Scale::kDiverging) {
      const double share = std::min(1.0, std::abs(value) / panel_.extreme);
      return mix(kWhite, value < 0 ? kBlue : kRed, share);
    }
    const double range = std::log(largest_ / least_);
    const double place =
        range > 0 ? std::log(std::max(value, least_) / least_) / range * (kRamp.size() - 1) : 0;
    const auto step = std::min(static_cast<size_t>(place), kRamp.size() - 2);
    return mix(kRamp[step], kRamp[step + 1], place - static_cast<double>(step));
  }

 private:
  const HeatMap::Panel& panel_;
  double least_ = 1e300;
  double largest_ = 1e-300;
};

/// Without the sign of what rounds to nothing.
std::string rounded(double value, int digits) {
  const std::string text = fmt::format("{:.{}f}", value, digits);
  return text.find_first_of("123456789") == text.npos && text[0] == '-' ? text.substr(1) : text;
}

double row_label_width(const HeatMap& map) {
  size_t longest = 0;
  for (const std::string& row : map.rows) longest = std::max(longest, row.size());
  return std::max(kLeastRowLabels, 12 + kLetter * static_cast<double>(longest));
}

void draw_panel(Svg& svg, const HeatMap& map, const HeatMap::Panel& panel, double top) {
  const double left = kMargin + row_label_width(map);
  svg.text(kMargin, top + 18, panel.title, {13, Svg::Anchor::kStart, "#222222", true, 0});
  svg.text(left - 8, top + kPanelHead - 8, map.row_name + " / " + map.column_name,
           {10, Svg::Anchor::kEnd, "#666666", false, 0});
  for (size_t column = 0; column < map.columns.size(); ++column)
    svg.text(left + (static_cast<double>(column) + 0.5) * kCellWidth, top + kPanelHead - 8,
             map.columns[column], {11, Svg::Anchor::kMiddle, "#222222", false, 0});
  const Colors colors(panel);
  for (size_t row = 0; row < map.rows.size(); ++row) {
    const double y = top + kPanelHead + static_cast<double>(row) * kCellHeight;
    svg.text(left - 8, y + 13, map.rows[row], {11, Svg::Anchor::kEnd, "#222222", false, 0});
    for (size_t column = 0; column < map.columns.size(); ++column) {
      const std::optional<double>& value = panel.values[row][column];
      if (!value) continue;
      const double x = left + static_cast<double>(column) * kCellWidth;
      const Color color = colors.of(*value);
      svg.rectangle(x, y, kCellWidth - 1, kCellHeight - 1, hex(color));
      svg.text(x + kCellWidth / 2, y + 13, rounded(*value, panel.digits),
               {10, Svg::Anchor::kMiddle, is_dark(color) ? "#ffffff" : "#222222", false, 0});
    }
  }
}

}  // namespace

std::string to_svg(const HeatMap& map) {
  const double panel_height =
      kPanelHead + kCellHeight * static_cast<double>(map.rows.size()) + kGap;
  const double width =
      2 * kMargin +
      std::max(row_label_width(map) + kCellWidth * static_cast<double>(map.columns.size()),
               kLetter * static_cast<double>(map.subtitle.size()));
  Svg svg(width, kHead + panel_height * static_cast<double>(map.panels.size()), map.title);
  svg.text(kMargin, 26, map.title, {17, Svg::Anchor::kStart, "#222222", true, 0});
  svg.text(kMargin, 46, map.subtitle, {12, Svg::Anchor::kStart, "#666666", false, 0});
  double top = kHead;
  for (const HeatMap::Panel& panel : map.panels) {
    draw_panel(svg, map, panel, top);
    top += panel_height;
  }
  return svg.take();
}

}  // namespace nestwalk
