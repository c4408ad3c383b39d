// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace nestwalk {

/// Horizontal bars in panels side by side, each panel to its own scale, each bar with its value.
struct BarChart {
  struct Bar {
    std::string label;
    double value = 0;
    std::string text;   ///< The value as it is written beside the bar.
    size_t family = 0;  ///< Which of `families` it belongs to: its color.
  };
  struct Panel {
    std::string title;
    std::vector<Bar> bars;
  };

  std::string title;
  std::string subtitle;               ///< Unit, configuration, what to read out of it.
  std::vector<std::string> families;  ///< The legend; at most 5.
  size_t columns = 2;
  std::vector<Panel> panels;
};

std::string to_svg(const BarChart& chart);

}  // namespace nestwalk
