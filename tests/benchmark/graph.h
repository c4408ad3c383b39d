// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace nestwalk::bench {

/// Rows of a sparse matrix, or neighbours of vertices, one after another: row u is
/// columns[offsets[u]] up to columns[offsets[u + 1]].
struct Graph {
  std::vector<uint64_t> offsets;
  std::vector<uint32_t> columns;
};

/// Random numbers that are the same everywhere.
class Random {
 public:
  /// Below `bound`, which is less than 2^32.
  uint32_t below(uint64_t bound) { return static_cast<uint32_t>((engine_() >> 32) * bound >> 32); }

 private:
  std::mt19937_64 engine_{1};
};

/// `rows` rows of `degree` columns each, column `choose(random, row)`.
template <class Choose>
Graph make_graph(uint32_t rows, uint32_t degree, Choose choose) {
  Graph graph;
  graph.offsets.reserve(rows + 1);
  graph.columns.reserve(uint64_t{rows} * degree);
  Random random;
  for (uint32_t row = 0; row < rows; ++row) {
    graph.offsets.push_back(graph.columns.size());
    for (uint32_t i = 0; i < degree; ++i) graph.columns.push_back(choose(random, row));
  }
  graph.offsets.push_back(graph.columns.size());
  return graph;
}

}  // namespace nestwalk::bench
