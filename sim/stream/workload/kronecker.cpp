// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/kronecker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/process/interruption.h"

namespace nestwalk {
namespace {

/// Probabilities of Graph500's initiator, by the bits of the two ends.
constexpr double kInitiator[2][2] = {{0.57, 0.19}, {0.19, 0.05}};
constexpr double kMarginal[2] = {0.76, 0.24};

double probability(unsigned bits, uint64_t value, uint64_t given, bool marginal) {
  double result = 1;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const uint64_t own = value >> bit & 1;
    const uint64_t other = given >> bit & 1;
    result *= marginal ? kMarginal[own] : kInitiator[other][own] / kMarginal[other];
  }
  return result;
}

/// Least significant digit first; long rows are most of a graph.
void radix_sort(std::vector<uint32_t>& values, std::vector<uint32_t>& scratch) {
  constexpr unsigned kDigit = 11;
  constexpr uint32_t kMask = (1 << kDigit) - 1;
  scratch.resize(values.size());
  for (unsigned shift = 0; shift < 32; shift += kDigit) {
    uint32_t place[kMask + 2] = {};
    for (const uint32_t value : values) ++place[(value >> shift & kMask) + 1];
    for (uint32_t digit = 0; digit < kMask; ++digit) place[digit + 1] += place[digit];
    for (const uint32_t value : values) scratch[place[value >> shift & kMask]++] = value;
    values.swap(scratch);
  }
}

/// A row as the graph has it. `scratch` is reused.
void tidy(std::vector<uint32_t>& row, uint64_t vertex, std::vector<uint32_t>& scratch) {
  if (row.size() > 1000) {
    radix_sort(row, scratch);
  } else {
    std::sort(row.begin(), row.end());
  }
  row.erase(std::unique(row.begin(), row.end()), row.end());
  const auto self = std::lower_bound(row.begin(), row.end(), vertex);
  if (self != row.end() && *self == vertex) row.erase(self);
}

class StoredGraph : public KroneckerGraph {
 public:
  StoredGraph(unsigned scale, uint64_t seed)
      : distribution_(scale), first_(distribution_.vertices() + 1) {
    const Permutation label(vertices(), seed);
    Random random(seed);
    std::vector<std::pair<uint32_t, uint32_t>> edges;
    edges.reserve(kKroneckerEdgeFactor * vertices());
    while (edges.size() < kKroneckerEdgeFactor * vertices()) {
      if (is_interrupted()) throw Interrupted();  // a large graph takes minutes
      const uint64_t end = distribution_.end_point(random);
      const auto from = static_cast<uint32_t>(label(end));
      const auto to = static_cast<uint32_t>(label(distribution_.neighbour(end, random)));
      edges.emplace_back(from, to);
      ++first_[from + uint64_t{1}];
      ++first_[to + uint64_t{1}];
    }
    for (uint64_t vertex = 0; vertex < vertices(); ++vertex) first_[vertex + 1] += first_[vertex];
    ends_.resize(first_.back());
    std::vector<uint64_t> next(first_.begin(), first_.end() - 1);
    for (const auto& [from, to] : edges) {
      ends_[next[from]++] = to;
      ends_[next[to]++] = from;
    }
  }

  uint64_t vertices() const override { return distribution_.vertices(); }
  uint64_t row(uint64_t vertex) const override { return first_[vertex]; }
  const std::vector<uint32_t>& neighbours(uint64_t vertex) override {
    row_.assign(ends_.begin() + static_cast<std::ptrdiff_t>(first_[vertex]),
                ends_.begin() + static_cast<std::ptrdiff_t>(first_[vertex + 1]));
    tidy(row_, vertex, scratch_);
    return row_;
  }

 private:
  KroneckerDistribution distribution_;
  std::vector<uint64_t> first_;
  std::vector<uint32_t> ends_;
  std::vector<uint32_t> row_, scratch_;
};

/// Rows lie in the order of the labels before relabelling, in which the number of end points below
/// a vertex is a product over its bits: no prefix sums need to be kept.
class DrawnGraph : public KroneckerGraph {
 public:
  DrawnGraph(unsigned scale, uint64_t seed)
      : distribution_(scale), label_(distribution_.vertices(), seed), seed_(seed) {}

  uint64_t vertices() const override { return distribution_.vertices(); }
  uint64_t row(uint64_t vertex) const override { return end_points_below(label_.inverse(vertex)); }
  const std::vector<uint32_t>& neighbours(uint64_t vertex) override {
    const uint64_t drawn_label = label_.inverse(vertex);
    row_.resize(end_points_below(drawn_label + 1) - end_points_below(drawn_label));
    Random random(seed_, vertex);
    for (uint32_t& neighbour : row_)
      neighbour = static_cast<uint32_t>(label_(distribution_.neighbour(drawn_label, random)));
    tidy(row_, vertex, scratch_);
    return row_;
  }

 private:
  uint64_t end_points_below(uint64_t drawn_label) const {
    const auto end_points = static_cast<double>(2 * kKroneckerEdgeFactor * vertices());
    return static_cast<uint64_t>(end_points * distribution_.share_below(drawn_label));
  }

  KroneckerDistribution distribution_;
  Permutation label_;
  uint64_t seed_;
  std::vector<uint32_t> row_, scratch_;
};

}  // namespace

KroneckerDistribution::KroneckerDistribution(unsigned scale)
    : scale_(scale), full_(choices(kBits)), rest_(choices(scale % kBits)) {}

KroneckerDistribution::Choices KroneckerDistribution::choices(unsigned bits) {
  const uint64_t values = uint64_t{1} << bits;
  Choices all((kValues + 1) * kValues);
  for (uint64_t given = 0; given <= kValues; ++given) {
    Choice* const row = &all[given * kValues];
    std::vector<double> weight(values);
    std::vector<uint64_t> small;
    std::vector<uint64_t> large;
    for (uint64_t value = 0; value < values; ++value) {
      weight[value] =
          probability(bits, value, given, given == kValues) * static_cast<double>(values);
      row[value] = {UINT32_MAX, static_cast<uint32_t>(value)};
      (weight[value] < 1 ? small : large).push_back(value);
    }
    while (!small.empty() && !large.empty()) {
      const uint64_t under = small.back();
      const uint64_t over = large.back();
      small.pop_back();
      row[under] = {static_cast<uint32_t>(std::ldexp(weight[under], 32)),
                    static_cast<uint32_t>(over)};
      weight[over] -= 1 - weight[under];
      if (weight[over] < 1) {
        large.pop_back();
        small.push_back(over);
      }
    }
  }
  return all;
}

template <class GivenOf>
uint64_t KroneckerDistribution::draw(Random& random, GivenOf given_of) const {
  uint64_t drawn = 0;
  const unsigned rest_bits = scale_ % kBits;
  const unsigned whole = scale_ - rest_bits;
  const auto choose = [&](const Choices& choices, unsigned shift, unsigned bits) {
    const uint64_t bits_drawn = random();
    const uint64_t value = bits_drawn & ((uint64_t{1} << bits) - 1);
    const Choice& choice = choices[given_of(shift) * kValues + value];
    drawn |= (bits_drawn >> 32 < choice.threshold ? value : choice.alias) << shift;
  };
  for (unsigned shift = 0; shift < whole; shift += kBits) choose(full_, shift, kBits);
  if (rest_bits != 0) choose(rest_, whole, rest_bits);
  return drawn;
}

uint64_t KroneckerDistribution::end_point(Random& random) const {
  return draw(random, [](unsigned) { return kValues; });
}

uint64_t KroneckerDistribution::neighbour(uint64_t vertex, Random& random) const {
  return draw(random, [vertex](unsigned shift) { return vertex >> shift & (kValues - 1); });
}

double KroneckerDistribution::share_below(uint64_t vertex) const {
  if (vertex == vertices()) return 1;
  double share = 0;
  double prefix = 1;
  for (unsigned bit = scale_; bit-- > 0;) {
    const uint64_t own = vertex >> bit & 1;
    if (own == 1) share += prefix * kMarginal[0];
    prefix *= kMarginal[own];
  }
  return share;
}

std::unique_ptr<KroneckerGraph> stored_kronecker_graph(unsigned scale, uint64_t seed) {
  return std::make_unique<StoredGraph>(scale, seed);
}

std::unique_ptr<KroneckerGraph> drawn_kronecker_graph(unsigned scale, uint64_t seed) {
  return std::make_unique<DrawnGraph>(scale, seed);
}

}  // namespace nestwalk
