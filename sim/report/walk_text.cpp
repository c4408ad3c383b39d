// SPDX-License-Identifier: Apache-2.0
#include "sim/report/walk_text.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

namespace nestwalk {
namespace {

constexpr int kCellWidth = 16;

using Cell = std::array<std::string, 2>;  ///< Two lines.

class Picture {
 public:
  Picture(const std::vector<WalkRecorder::Step>& steps, int guest_levels, int nested_levels)
      : guest_levels_(guest_levels), nested_levels_(nested_levels) {
    for (const WalkRecorder::Step& step : steps) add(step);
  }

  std::string text() const {
    std::string text = fmt::format("{:<9}", "");
    for (int column = nested_levels_; column >= 0; --column)
      text += fmt::format("  {:<{}}", column_name(column), kCellWidth);
    text += "  look-ups before\n";
    for (int row = guest_levels_; row >= 0; --row) text += row_text(row);
    return text;
  }

 private:
  void add(const WalkRecorder::Step& step) {
    if (step.need == PageWalk::Need::kRead) {
      cells_[{step.guest_level, step.nested_level}] = {
          fmt::format("{:#x}", step.address.value()),
          fmt::format("{} {}", to_string(step.served_by), step.cycles)};
    } else if (const char* name = look_up_name(step.need)) {
      std::string& margin = margins_[step.guest_level];
      if (!margin.empty()) margin += ", ";
      margin += fmt::format("{} {} {}", name, describe(step.need, step.found), step.cycles);
    }
  }

  std::string row_text(int row) const {
    std::string text;
    for (size_t line = 0; line < 2; ++line) {
      text += fmt::format("{:<9}", line == 0 ? row_name(row) : "");
      for (int column = nested_levels_; column >= 0; --column) {
        const auto cell = cells_.find({row, column});
        text += fmt::format("  {:<{}}",
                            cell == cells_.end() ? (line == 0 ? "." : "") : cell->second[line],
                            kCellWidth);
      }
      const auto margin = margins_.find(row);
      if (line == 0 && margin != margins_.end()) text += "  " + margin->second;
      text.erase(text.find_last_not_of(' ') + 1);
      text += '\n';
    }
    return text;
  }

  int guest_levels_;
  int nested_levels_;
  std::map<std::pair<int, int>, Cell> cells_;
  std::map<int, std::string> margins_;
};

}  // namespace

std::string row_name(int guest_level) {
  return guest_level == 0 ? "data" : fmt::format("guest L{}", guest_level);
}

std::string column_name(int nested_level) {
  return nested_level == 0 ? "guest entry" : fmt::format("nested L{}", nested_level);
}

const char* look_up_name(PageWalk::Need need) {
  switch (need) {
    case PageWalk::Need::kGuestCheck:
      return "guest check";
    case PageWalk::Need::kVmmCheck:
      return "VMM check";
    case PageWalk::Need::kGuestStructure:
      return "guest structure cache";
    case PageWalk::Need::kNestedStructure:
      return "nested structure cache";
    case PageWalk::Need::kNestedTlb:
      return "nested TLB";
    default:
      return nullptr;
  }
}

const char* describe(PageWalk::Need need, LookUpResult found) {
  const bool check = need == PageWalk::Need::kGuestCheck || need == PageWalk::Need::kVmmCheck;
  switch (found) {
    case LookUpResult::kMiss:
      return check ? "outside" : "miss";
    case LookUpResult::kHit:
      return check ? "inside" : "hit";
    case LookUpResult::kDenied:
      return "hit without rights or D";
    case LookUpResult::kEscaped:
      return "escaped";
    case LookUpResult::kNone:
      break;
  }
  return "";
}

std::string draw_walk(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                      int nested_levels) {
  return Picture(steps, guest_levels, nested_levels).text();
}

}  // namespace nestwalk
