// SPDX-License-Identifier: Apache-2.0
#include "sim/report/walk_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/report/number_text.h"

namespace nestwalk {
namespace {

constexpr int kMargin = 16;
constexpr int kRowNames = 84;
constexpr int kCellWidth = 152;
constexpr int kCellHeight = 58;
constexpr int kGap = 14;
constexpr int kTop = 76;
constexpr int kLookUps = 210;
constexpr int kTotal = 24;
constexpr int kLegend = 44;

struct Source {
  const char* name;
  const char* fill;  ///< Dark text stays readable on each.
};
constexpr std::array<Source, kMemoryLevels> kSources{
    {{"L1D", "#cfe8ff"}, {"L2", "#bfe6c8"}, {"L3", "#ffe3a3"}, {"memory", "#ffc2b3"}}};

const Source& source_of(MemoryLevel level) {
  return kSources[static_cast<size_t>(level)];
}

std::string escape(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else
      safe += c;
  }
  return safe;
}

/// About that of bold text, in pixels: what is wider than the cells must not be cut.
int text_width(const std::string& text, int font_size) {
  constexpr double kOfSize = 0.7;
  return static_cast<int>(static_cast<double>(text.size()) * kOfSize * font_size);
}

class Drawing {
 public:
  Drawing(const std::vector<WalkRecorder::Step>& steps, int guest_levels, int nested_levels)
      : steps_(steps), guest_levels_(guest_levels), nested_levels_(nested_levels) {}

  std::string svg(const std::string& title, const std::string& total) {
    const int cells = column_x(-1) + kLookUps;
    const int texts =
        std::max(kMargin + text_width(title, 15), kMargin + kRowNames + text_width(total, 12));
    const int width = std::max(cells, texts) + kMargin;
    const int height = row_y(-1) + kTotal + kLegend;
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\" "
        "font-size=\"12\" fill=\"#1b2430\">\n<title>{2}</title>\n"
        "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\" "
        "fill=\"#0a5fb4\"/></marker></defs>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width, height, escape(title));
    label(kMargin, 28, title, "font-size=\"15\" font-weight=\"bold\"");
    draw_names();
    draw_steps();
    label(kMargin + kRowNames, row_y(-1) + 8, total, "font-weight=\"bold\"");
    draw_legend(height);
    return text_ + "</svg>\n";
  }

 private:
  /// Columns from the nested root to the guest's entry, 0; -1 is what lies behind them.
  int column_x(int nested_level) const {
    return kMargin + kRowNames + (nested_levels_ - nested_level) * (kCellWidth + kGap);
  }
  /// Rows from the guest's root to the data, 0.
  int row_y(int guest_level) const {
    return kTop + (guest_levels_ - guest_level) * (kCellHeight + kGap);
  }

  void label(int x, int y, const std::string& text, const char* style = "") {
    text_ += fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", x, y, style, escape(text));
  }

  void draw_names() {
    constexpr char kSoft[] = "fill=\"#55606e\"";
    for (int level = nested_levels_; level >= 0; --level)
      label(column_x(level), kTop - 12,
            level == 0 ? "guest entry" : fmt::format("nested L{}", level), kSoft);
    label(column_x(-1), kTop - 12, "look-ups before", kSoft);
    for (int level = guest_levels_; level >= 0; --level) {
      label(kMargin, row_y(level) + kCellHeight / 2 + 4,
            level == 0 ? "data" : fmt::format("guest L{}", level), kSoft);
      for (int nested = nested_levels_; nested >= (level == 0 ? 1 : 0); --nested)
        text_ += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"none\" "
            "stroke=\"#d5dbe2\" stroke-dasharray=\"3 3\"/>\n",
            column_x(nested), row_y(level), kCellWidth, kCellHeight);
    }
  }

  void draw_steps() {
    std::map<int, int> look_ups;  // lines in the margin, by row
    int reads = 0;
    for (const WalkRecorder::Step& step : steps_) {
      if (step.need == PageWalk::Need::kRead)
        draw_read(step, ++reads);
      else if (const char* name = look_up_name(step.need))
        label(column_x(-1), row_y(step.guest_level) + 13 + 14 * look_ups[step.guest_level]++,
              fmt::format("{}: {}", name, counted(step.cycles, "cycle")), "font-size=\"11\"");
    }
  }

  void draw_read(const WalkRecorder::Step& step, int number) {
    const int x = column_x(step.nested_level);
    const int y = row_y(step.guest_level);
    draw_arrow(x, y);
    text_ += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"{}\" "
        "stroke=\"#55606e\"/>\n",
        x, y, kCellWidth, kCellHeight, source_of(step.served_by).fill);
    label(x + 8, y + 18, fmt::format("{}", number), "font-weight=\"bold\"");
    label(x + 30, y + 18,
          fmt::format("{} {}", source_of(step.served_by).name, counted(step.cycles, "cycle")));
    label(x + 8, y + 35, fmt::format("at {:#x}", step.address.value()), "font-size=\"11\"");
    label(x + 8, y + 50, fmt::format("= {:#x}", step.entry), "font-size=\"10\" fill=\"#3c4653\"");
  }

  /// From the read before: along a row, or down to the row that follows.
  void draw_arrow(int x, int y) {
    const int middle = y + kCellHeight / 2;
    std::string path;
    if (last_x_ >= 0 && last_y_ == y)
      path = fmt::format("M{} {}H{}", last_x_ + kCellWidth, middle, x - 1);
    else if (last_x_ >= 0)
      path = fmt::format("M{} {}V{}H{}V{}", last_x_ + kCellWidth / 2, last_y_ + kCellHeight,
                         y - kGap / 2, x + kCellWidth / 2, y - 1);
    if (!path.empty())
      text_ += fmt::format(
          "<path d=\"{}\" fill=\"none\" stroke=\"#0a5fb4\" marker-end=\"url(#arrow)\"/>\n", path);
    last_x_ = x;
    last_y_ = y;
  }

  void draw_legend(int height) {
    int x = kMargin + kRowNames;
    for (const Source& source : kSources) {
      text_ += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"14\" fill=\"{}\" stroke=\"#55606e\"/>\n",
          x, height - 28, source.fill);
      label(x + 20, height - 17, source.name);
      x += 90;
    }
  }

  const std::vector<WalkRecorder::Step>& steps_;
  int guest_levels_;
  int nested_levels_;
  std::string text_;
  int last_x_ = -1;
  int last_y_ = -1;
};

}  // namespace

std::string draw_walk_svg(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                          int nested_levels, const std::string& title, const std::string& total) {
  return Drawing(steps, guest_levels, nested_levels).svg(title, total);
}

}  // namespace nestwalk
