// SPDX-License-Identifier: Apache-2.0
#include "sim/config/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace nestwalk {
namespace {

/// Insertions, deletions and replacements of letters and swaps of neighbours that turn one word
/// into the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last;
  std::vector<size_t> last;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view word) {
  const size_t dot = word.rfind('.');
  return dot == word.npos ? word : word.substr(dot + 1);
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t nearest = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    size_t distance = edit_distance(word, candidate);
    // A right key in the wrong table (or in none) is nearer than its letters say.
    if (last_part(word) == last_part(candidate)) distance = std::min<size_t>(distance, 2);
    if (distance < nearest) {
      nearest = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = suggest(word, candidates);
  return near.empty() ? fmt::format("there are {}", fmt::join(candidates, ", "))
                      : fmt::format("did you mean {}?", near);
}

}  // namespace nestwalk
