// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace nestwalk {

/// Tables of colored cells, one below the other, each cell with its value.
struct HeatMap {
  /// How a value becomes a color.
  enum class Scale {
    kLogarithmic,  ///< Pale to dark, from the panel's least to its largest value.
    kDiverging,    ///< Blue below 0, white at 0, red above; full at `extreme`.
  };
  struct Panel {
    std::string title;
    Scale scale = Scale::kLogarithmic;
    double extreme = 1;
    std::vector<std::vector<std::optional<double>>> values;  ///< By row, then column.
    int digits = 0;                                          ///< Behind the point.
  };

  std::string title;
  std::string subtitle;
  std::string row_name;
  std::string column_name;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<Panel> panels;
};

std::string to_svg(const HeatMap& map);

}  // namespace nestwalk
