// SPDX-License-Identifier: Apache-2.0
#include "sim/config/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nestwalk {
namespace {

/// Insertions, deletions and replacements of letters that turn one word into the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
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

}  // namespace nestwalk
