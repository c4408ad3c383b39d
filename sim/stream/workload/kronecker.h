// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/random/permutation.h"
#include "sim/stream/workload/random.h"

namespace nestwalk {

/// Draws edges of Graph500's Kronecker graph: each bit of the two end points picks a quadrant with
/// probabilities A, B, C, D = 0.57, 0.19, 0.19, 0.05. The labels here are those before the
/// specification's random relabelling.
class KroneckerDistribution {
 public:
  /// 2^`scale` vertices.
  explicit KroneckerDistribution(unsigned scale);

  uint64_t vertices() const { return uint64_t{1} << scale_; }
  /// An end point of a random edge.
  uint64_t end_point(Random& random) const;
  /// The other end of a random edge that has `vertex` as one end.
  uint64_t neighbour(uint64_t vertex, Random& random) const;
  /// Share of all end points that lie below `vertex`; 1 for vertices().
  double share_below(uint64_t vertex) const;

 private:
  static constexpr unsigned kBits = 6;  ///< Drawn at once.
  static constexpr uint64_t kValues = 1 << kBits;

  /// Walker's alias method: a value, or its alias where 32 random bits pass the threshold.
  struct Choice {
    uint32_t threshold;
    uint32_t alias;
  };
  /// For one or more bits: choices of a value, given the other end's bits (marginal at kValues).
  using Choices = std::vector<Choice>;

  static Choices choices(unsigned bits);
  template <class GivenOf>
  uint64_t draw(Random& random, GivenOf given_of) const;

  unsigned scale_;
  Choices full_;  ///< For kBits bits.
  Choices rest_;  ///< For the scale_ % kBits highest.
};

/// A graph as compressed rows: each vertex's neighbours, ascending, without itself and without
/// duplicates, in a row's own part of one array.
class KroneckerGraph {
 public:
  virtual ~KroneckerGraph() = default;

  virtual uint64_t vertices() const = 0;
  /// Where the row of `vertex` begins, in elements.
  virtual uint64_t row(uint64_t vertex) const = 0;
  /// The row's elements. They stay until the next call.
  virtual const std::vector<uint32_t>& neighbours(uint64_t vertex) = 0;
};

inline constexpr uint64_t kKroneckerEdgeFactor = 16;  ///< Edges a vertex (Graph500 specification).

/// The graph itself: 16 * 2^scale edges drawn, relabelled, kept in both directions. Memory: about
/// 140 bytes a vertex, and as much again while it is made.
std::unique_ptr<KroneckerGraph> stored_kronecker_graph(unsigned scale, uint64_t seed);

/// A graph that is drawn while it is looked at, for sizes that cannot be stored: a row's length is
/// its expectation, its elements are drawn from the distribution given the vertex, the same each
/// time. What is lost: an edge need not stand in the rows of both its ends.
std::unique_ptr<KroneckerGraph> drawn_kronecker_graph(unsigned scale, uint64_t seed);

}  // namespace nestwalk
