// SPDX-License-Identifier: Apache-2.0
#include "sim/report/walk_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sim/plot/svg.h"
#include "sim/report/number_text.h"
#include "sim/report/walk_text.h"

namespace nestwalk {
namespace {

constexpr int kMargin = 16;
constexpr int kRowNames = 84;
constexpr int kCellWidth = 152;
constexpr int kCellHeight = 58;
constexpr int kGap = 14;
constexpr int kTop = 76;
constexpr int kLookUps = 210;  ///< At least.
constexpr int kTotal = 24;
constexpr int kLegend = 44;

constexpr double kRadius = 5;

constexpr const char* kInk = "#1b2430";
constexpr const char* kSoft = "#55606e";
constexpr const char* kArrow = "#0a5fb4";

/// Of each MemoryLevel; dark text stays readable on each.
constexpr std::array<const char*, kMemoryLevels> kFills{"#cfe8ff", "#bfe6c8", "#ffe3a3", "#ffc2b3"};

const char* fill_of(MemoryLevel level) {
  return kFills[static_cast<size_t>(level)];
}

/// About that of bold text, in pixels: what is wider than the cells must not be cut.
int text_width(const std::string& text, int font_size) {
  constexpr double kOfSize = 0.7;
  return static_cast<int>(static_cast<double>(text.size()) * kOfSize * font_size);
}

/// The size in which plain text is at most so wide, in pixels, and no more than `size`.
double fitting_size(const std::string& text, int width, double size) {
  constexpr double kOfSize = 0.55;
  return std::min(size, width / (kOfSize * static_cast<double>(text.size())));
}

std::string look_up_text(const WalkRecorder::Step& step) {
  return fmt::format("{}: {}, {}", look_up_name(step.need), describe(step.need, step.found),
                     counted(step.cycles, "cycle"));
}

class Drawing {
 public:
  Drawing(const std::vector<WalkRecorder::Step>& steps, int guest_levels, int nested_levels)
      : steps_(steps), guest_levels_(guest_levels), nested_levels_(nested_levels) {}

  std::string svg(const std::string& title, const std::string& total) {
    const int cells = column_x(-1) + look_ups_width();
    const int texts =
        std::max(kMargin + text_width(title, 15), kMargin + kRowNames + text_width(total, 12));
    const int height = row_y(-1) + kTotal + kLegend;
    svg_.emplace(std::max(cells, texts) + kMargin, height, title);
    label(kMargin, 28, title, bold(15));
    draw_names();
    draw_steps();
    label(kMargin + kRowNames, row_y(-1) + 8, total, bold(12));
    draw_legend(height);
    return svg_->take();
  }

 private:
  int look_ups_width() const {
    int width = kLookUps;
    for (const WalkRecorder::Step& step : steps_)
      if (look_up_name(step.need) != nullptr)
        width = std::max(width, text_width(look_up_text(step), 11));
    return width;
  }
  /// Columns from the nested root to the guest's entry, 0; -1 is what lies behind them.
  int column_x(int nested_level) const {
    return kMargin + kRowNames + (nested_levels_ - nested_level) * (kCellWidth + kGap);
  }
  /// Rows from the guest's root to the data, 0.
  int row_y(int guest_level) const {
    return kTop + (guest_levels_ - guest_level) * (kCellHeight + kGap);
  }

  static Svg::TextStyle sized(double size, const char* fill = kInk) {
    Svg::TextStyle style;
    style.size = size;
    style.fill = fill;
    return style;
  }
  static Svg::TextStyle bold(double size) {
    Svg::TextStyle style = sized(size);
    style.bold = true;
    return style;
  }
  void label(int x, int y, const std::string& text, const Svg::TextStyle& style) {
    svg_->text(x, y, text, style);
  }

  void draw_names() {
    for (int level = nested_levels_; level >= 0; --level)
      label(column_x(level), kTop - 12, column_name(level), sized(12, kSoft));
    label(column_x(-1), kTop - 12, "look-ups before", sized(12, kSoft));
    for (int level = guest_levels_; level >= 0; --level) {
      label(kMargin, row_y(level) + kCellHeight / 2 + 4, row_name(level), sized(12, kSoft));
      for (int nested = nested_levels_; nested >= (level == 0 ? 1 : 0); --nested)
        svg_->box(column_x(nested), row_y(level), kCellWidth, kCellHeight,
                  {"none", "#d5dbe2", kRadius, true});
    }
  }

  void draw_steps() {
    std::map<int, int> look_ups;  // lines in the margin, by row
    int reads = 0;
    for (const WalkRecorder::Step& step : steps_) {
      if (step.need == PageWalk::Need::kRead)
        draw_read(step, ++reads);
      else if (look_up_name(step.need) != nullptr)
        label(column_x(-1), row_y(step.guest_level) + 13 + 14 * look_ups[step.guest_level]++,
              look_up_text(step), sized(11));
    }
  }

  void draw_read(const WalkRecorder::Step& step, int number) {
    const int x = column_x(step.nested_level);
    const int y = row_y(step.guest_level);
    draw_arrow(x, y);
    svg_->box(x, y, kCellWidth, kCellHeight, {fill_of(step.served_by), kSoft, kRadius});
    label(x + 8, y + 18, fmt::format("{}", number), bold(12));
    const std::string cost =
        fmt::format("{} {}", to_string(step.served_by), counted(step.cycles, "cycle"));
    label(x + 30, y + 18, cost, sized(fitting_size(cost, kCellWidth - 38, 12)));
    label(x + 8, y + 35, fmt::format("at {:#x}", step.address.value()), sized(11));
    label(x + 8, y + 50, fmt::format("= {:#x}", step.entry), sized(10, "#3c4653"));
  }

  /// From the read before: along a row, or down to the row that follows.
  void draw_arrow(int x, int y) {
    const int middle = y + kCellHeight / 2;
    if (last_x_ >= 0 && last_y_ == y)
      svg_->arrow({{last_x_ + kCellWidth, middle}, {x - 1, middle}}, kArrow);
    else if (last_x_ >= 0)
      svg_->arrow({{last_x_ + kCellWidth / 2, last_y_ + kCellHeight},
                   {last_x_ + kCellWidth / 2, y - kGap / 2},
                   {x + kCellWidth / 2, y - kGap / 2},
                   {x + kCellWidth / 2, y - 1}},
                  kArrow);
    last_x_ = x;
    last_y_ = y;
  }

  void draw_legend(int height) {
    int x = kMargin + kRowNames;
    for (int i = 0; i < kMemoryLevels; ++i) {
      const auto level = static_cast<MemoryLevel>(i);
      svg_->box(x, height - 28, 14, 14, {fill_of(level), kSoft});
      label(x + 20, height - 17, std::string(to_string(level)), sized(12));
      x += 90;
    }
  }

  const std::vector<WalkRecorder::Step>& steps_;
  int guest_levels_;
  int nested_levels_;
  std::optional<Svg> svg_;
  int last_x_ = -1;
  int last_y_ = -1;
};

}  // namespace

std::string draw_walk_svg(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                          int nested_levels, const std::string& title, const std::string& total) {
  return Drawing(steps, guest_levels, nested_levels).svg(title, total);
}

}  // namespace nestwalk
