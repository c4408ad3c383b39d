// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nestwalk {

/// An SVG picture being drawn: shapes in the order of the calls, y downwards, lengths in pixels.
class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };

  struct TextStyle {
    double size = 12;
    Anchor anchor = Anchor::kStart;
    std::string fill = "#222222";
    bool bold = false;
    double rotation = 0;  ///< Degrees, clockwise, about the text's own place.
  };

  struct BoxStyle {
    std::string_view fill = "none";
    std::string_view stroke = "none";
    double radius = 0;  ///< Of the corners.
    bool dashed = false;
  };

  /// `title` is what a screen reader says of the picture.
  Svg(double width, double height, std::string_view title);

  /// `tip` is shown where the pointer rests; empty: nothing.
  void rectangle(double x, double y, double width, double height, std::string_view fill,
                 std::string_view tip = {});
  void box(double x, double y, double width, double height, const BoxStyle& style);
  /// Through points, its head at the last.
  void arrow(const std::vector<std::pair<double, double>>& points, std::string_view stroke);
  void line(double x1, double y1, double x2, double y2, std::string_view stroke, double width = 1);
  void text(double x, double y, std::string_view text, const TextStyle& style);
  void text(double x, double y, std::string_view content) { text(x, y, content, TextStyle()); }

  /// The whole document.
  std::string take();

 private:
  std::string body_;
};

}  // namespace nestwalk
