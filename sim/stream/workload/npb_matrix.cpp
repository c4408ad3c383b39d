// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/npb_matrix.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nestwalk {
namespace {

constexpr NpbCgClass kClasses[] = {
    {'S', 1400, 7, 15, 10, 8.5971775078648},        {'W', 7000, 8, 15, 12, 10.362595087124},
    {'A', 14000, 11, 15, 20, 17.130235054029},      {'B', 75000, 13, 75, 60, 22.712745482631},
    {'C', 150000, 15, 75, 110, 28.973605592845},    {'D', 1500000, 21, 100, 500, 52.514532105794},
    {'E', 9000000, 26, 100, 1500, 77.522164599383},
};

constexpr double kReciprocalCondition = 0.1;
constexpr double kDiagonal = 0.5;  ///< Element i of vector i.

/// NPB's generator: x' = 5^13 x mod 2^46.
constexpr uint64_t kMultiplier = 1220703125;
constexpr uint64_t kSeed = 314159265;
constexpr int kStateBits = 46;
constexpr uint64_t kStateMask = (uint64_t{1} << kStateBits) - 1;

constexpr uint64_t next(uint64_t state) {
  return state * kMultiplier & kStateMask;
}
constexpr uint64_t after_next(uint64_t state) {
  return state * (kMultiplier * kMultiplier & kStateMask) & kStateMask;
}

constexpr uint32_t kMostNonzeros = 26;  ///< Of all classes.

/// Leaves out locations that come again. Returns how many are left.
uint32_t without_repetitions(uint32_t* drawn, uint64_t* before, uint32_t count) {
  uint64_t seen[64] = {};  // a set of the locations' lowest bits: spares most comparisons
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t& word = seen[drawn[i] >> 6 & 63];
    const uint64_t mark = uint64_t{1} << (drawn[i] & 63);
    const bool again =
        (word & mark) != 0 && std::find(drawn, drawn + kept, drawn[i]) != drawn + kept;
    word |= mark;
    drawn[kept] = drawn[i];
    before[kept] = before[i];
    kept += !again;
  }
  return kept;
}

}  // namespace

const NpbCgClass* find_npb_cg_class(char name) {
  for (const NpbCgClass& problem : kClasses) {
    if (problem.name == name) return &problem;
  }
  return nullptr;
}

NpbMatrix::NpbMatrix(const NpbCgClass& problem) : problem_(problem) {
  int location_bits = 1;
  while ((uint64_t{1} << location_bits) < problem.rows) ++location_bits;
  location_shift_ = kStateBits - location_bits;
  states_.resize(problem.rows + 1);
  states_[0] = next(kSeed);  // the benchmark draws one number before it begins
  open_window(0);
}

template <class Take>
uint64_t NpbMatrix::draw_vector(uint64_t state, Take take) const {
  // Without branches, since every second location may be beyond the last row; a location that was
  // drawn before counts as if it was not.
  uint32_t drawn[kMostNonzeros + 1];
  uint64_t before[kMostNonzeros + 1];
  uint32_t count = 0;
  do {
    while (count < problem_.nonzeros) {
      before[count] = state;
      state = after_next(state);  // a value, then a location
      drawn[count] = static_cast<uint32_t>(state >> location_shift_);
      count += drawn[count] < problem_.rows;
    }
    count = without_repetitions(drawn, before, count);
  } while (count < problem_.nonzeros);
  for (uint32_t i = 0; i < count; ++i) take(drawn[i], before[i]);
  return state;
}

void NpbMatrix::vector_columns(uint32_t i, std::vector<uint32_t>& columns) const {
  columns.clear();
  bool own = false;
  draw_vector(states_[i], [&](uint32_t column, uint64_t) {
    columns.push_back(column);
    own |= column == i;
  });
  if (!own) columns.push_back(i);
}

std::vector<double> NpbMatrix::vector_values(uint32_t i) const {
  std::vector<double> values;
  bool own = false;
  draw_vector(states_[i], [&](uint32_t column, uint64_t before) {
    values.push_back(column == i ? kDiagonal : std::ldexp(next(before), -kStateBits));
    own |= column == i;
  });
  if (!own) values.push_back(kDiagonal);
  return values;
}

void NpbMatrix::open_window(uint32_t row) {
  window_ = row / kWindow * kWindow;
  std::vector<std::pair<uint32_t, uint32_t>> found;  // row in the window, vector
  for (uint32_t i = 0; i < problem_.rows; ++i) {
    bool own = i - window_ >= kWindow;
    states_[i + 1] = draw_vector(states_[i], [&](uint32_t column, uint64_t) {
      if (column - window_ < kWindow) found.emplace_back(column - window_, i);
      own |= column == i;
    });
    if (!own) found.emplace_back(i - window_, i);
  }
  std::sort(found.begin(), found.end());
  first_.assign(kWindow + 1, 0);
  vectors_.clear();
  for (const auto& [in_window, vector] : found) {
    ++first_[in_window + 1];
    vectors_.push_back(vector);
  }
  for (uint32_t i = 0; i < kWindow; ++i) first_[i + 1] += first_[i];
}

const std::vector<uint32_t>& NpbMatrix::columns(uint32_t row) {
  if (row - window_ >= kWindow) open_window(row);
  columns_.clear();
  for (uint32_t at = first_[row - window_]; at < first_[row - window_ + 1]; ++at) {
    vector_columns(vectors_[at], part_);
    columns_.insert(columns_.end(), part_.begin(), part_.end());
  }
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  return columns_;
}

std::vector<double> NpbMatrix::values(uint32_t row) {
  std::vector<uint32_t> columns = this->columns(row);
  std::vector<double> sums(columns.size());
  const double ratio = std::pow(kReciprocalCondition, 1.0 / problem_.rows);
  for (uint32_t at = first_[row - window_]; at < first_[row - window_ + 1]; ++at) {
    const uint32_t i = vectors_[at];
    vector_columns(i, part_);
    const std::vector<double> elements = vector_values(i);
    const auto own = std::find(part_.begin(), part_.end(), row) - part_.begin();
    const double scale = std::pow(ratio, i) * elements[static_cast<size_t>(own)];
    for (size_t k = 0; k < part_.size(); ++k) {
      const auto column = std::lower_bound(columns.begin(), columns.end(), part_[k]);
      double element = elements[k] * scale;
      if (part_[k] == row && row == i) element += kReciprocalCondition - problem_.shift;
      sums[static_cast<size_t>(column - columns.begin())] += element;
    }
  }
  return sums;
}

}  // namespace nestwalk
