// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/svg.h"

#include <fmt/format.h>

#include <cmath>

namespace nestwalk {
namespace {

constexpr double kArrowHead = 7;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

const char* name_of(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::kStart:
      return "start";
    case Svg::Anchor::kMiddle:
      return "middle";
    case Svg::Anchor::kEnd:
      return "end";
  }
  return "";
}

}  // namespace

Svg::Svg(double width, double height, std::string_view title)
    : body_(
          fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
                      "viewBox=\"0 0 {0:g} {1:g}\" role=\"img\" "
                      "font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n<title>{2}</title>\n"
                      "<rect width=\"{0:g}\" height=\"{1:g}\" fill=\"#ffffff\"/>\n",
                      width, height, escaped(title))) {}

void Svg::rectangle(double x, double y, double width, double height, std::string_view fill,
                    std::string_view tip) {
  body_ +=
      fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"",
                  x, y, width, height, fill);
  body_ += tip.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", escaped(tip));
}

void Svg::box(double x, double y, double width, double height, const BoxStyle& style) {
  body_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:g}\" "
      "fill=\"{}\" stroke=\"{}\"{}/>\n",
      x, y, width, height, style.radius, style.fill, style.stroke,
      style.dashed ? " stroke-dasharray=\"3 3\"" : "");
}

void Svg::arrow(const std::vector<std::pair<double, double>>& points, std::string_view stroke) {
  std::string path;
  for (const auto& [x, y] : points) path += fmt::format("{:.1f},{:.1f} ", x, y);
  body_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", path, stroke);
  // SVG's markers have an id, which would be that of every picture on a page.
  const auto [x, y] = points.back();
  const auto [from_x, from_y] = points[points.size() - 2];
  const double length = std::hypot(x - from_x, y - from_y);
  const double back_x = kArrowHead * (x - from_x) / length;
  const double back_y = kArrowHead * (y - from_y) / length;
  body_ +=
      fmt::format("<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" fill=\"{}\"/>\n",
                  x, y, x - back_x - back_y / 2, y - back_y + back_x / 2, x - back_x + back_y / 2,
                  y - back_y - back_x / 2, stroke);
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view stroke, double width) {
  body_ += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
      "stroke-width=\"{:g}\"/>\n",
      x1, y1, x2, y2, stroke, width);
}

void Svg::text(double x, double y, std::string_view text, const TextStyle& style) {
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" fill=\"{}\"", x, y,
                       style.size, style.fill);
  if (style.anchor != Anchor::kStart)
    body_ += fmt::format(" text-anchor=\"{}\"", name_of(style.anchor));
  if (style.bold) body_ += " font-weight=\"600\"";
  if (style.rotation != 0)
    body_ += fmt::format(" transform=\"rotate({:g} {:.1f} {:.1f})\"", style.rotation, x, y);
  body_ += fmt::format(">{}</text>\n", escaped(text));
}

std::string Svg::take() {
  return std::move(body_) + "</svg>\n";
}

}  // namespace nestwalk
