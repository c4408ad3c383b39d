// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/graph500.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <queue>

#include "sim/stream/workload/kronecker.h"
#include "tests/sim/stream/streams.h"
#include "tests/sim/stream/workload_support.h"

namespace nestwalk {
namespace {

using test::drain;

TEST(Kronecker, DrawsEachPairOfBitsWithTheInitiatorsProbabilities) {
  constexpr int kEdges = 200000;
  constexpr double kInitiator[2][2] = {{0.57, 0.19}, {0.19, 0.05}};
  const KroneckerDistribution distribution(8);  // one table of 6 bits, one of 2
  std::vector<std::array<double, 4>> seen(8);
  Random random(1);
  for (int i = 0; i < kEdges; ++i) {
    const uint64_t from = distribution.end_point(random);
    const uint64_t to = distribution.neighbour(from, random);
    ASSERT_LT(from, 256u);
    ASSERT_LT(to, 256u);
    for (size_t bit = 0; bit < 8; ++bit) ++seen[bit][2 * (from >> bit & 1) + (to >> bit & 1)];
  }
  for (size_t bit = 0; bit < 8; ++bit) {
    for (size_t quadrant = 0; quadrant < 4; ++quadrant) {
      EXPECT_NEAR(seen[bit][quadrant] / kEdges, kInitiator[quadrant / 2][quadrant % 2], 0.005)
          << "bit " << bit;
    }
  }
}

TEST(Kronecker, BitsAreIndependentOfEachOther) {
  const KroneckerDistribution distribution(6);
  Random random(2);
  double all_zero = 0;
  for (int i = 0; i < 100000; ++i) all_zero += distribution.end_point(random) == 0;
  EXPECT_NEAR(all_zero / 100000, std::pow(0.76, 6), 0.005);
}

TEST(Kronecker, SharesAddUp) {
  const KroneckerDistribution distribution(10);
  EXPECT_EQ(distribution.share_below(0), 0);
  EXPECT_NEAR(distribution.share_below(1), std::pow(0.76, 10), 1e-12);
  EXPECT_NEAR(distribution.share_below(512), 0.76, 1e-12);
  EXPECT_NEAR(distribution.share_below(1023), 1 - std::pow(0.24, 10), 1e-12);
  EXPECT_EQ(distribution.share_below(1024), 1);
}

void expect_rows_in_order(KroneckerGraph& graph, bool relabelled) {
  uint64_t end_points = 0;
  for (uint64_t vertex = 0; vertex < graph.vertices(); ++vertex) {
    const std::vector<uint32_t> row = graph.neighbours(vertex);
    end_points += row.size();
    EXPECT_TRUE(std::adjacent_find(row.begin(), row.end(), std::greater_equal<>()) == row.end());
    EXPECT_EQ(std::count(row.begin(), row.end(), vertex), 0);
    EXPECT_EQ(graph.neighbours(vertex), row) << "drawn anew";
    if (!relabelled && vertex + 1 < graph.vertices()) {
      EXPECT_LE(graph.row(vertex) + row.size(), graph.row(vertex + 1));
    }
  }
  const auto all = static_cast<double>(32 * graph.vertices());
  EXPECT_LE(static_cast<double>(end_points), all);
  EXPECT_GE(static_cast<double>(end_points), 0.5 * all);  // the rest: duplicates
}

TEST(Kronecker, RowsAreAscendingWithoutDuplicatesAndApart) {
  expect_rows_in_order(*stored_kronecker_graph(10, 1), false);
  expect_rows_in_order(*drawn_kronecker_graph(10, 1), true);
}

TEST(Kronecker, StoredEdgesGoBothWays) {
  const auto graph = stored_kronecker_graph(8, 3);
  for (uint64_t vertex = 0; vertex < graph->vertices(); ++vertex) {
    for (const uint32_t neighbour : std::vector<uint32_t>(graph->neighbours(vertex))) {
      const std::vector<uint32_t>& back = graph->neighbours(neighbour);
      EXPECT_TRUE(std::binary_search(back.begin(), back.end(), vertex));
    }
  }
}

TEST(Kronecker, DrawnDegreesAreDistributedAsStoredOnes) {
  const auto sorted_degrees = [](KroneckerGraph& graph) {
    std::vector<double> degrees;
    for (uint64_t vertex = 0; vertex < graph.vertices(); ++vertex)
      degrees.push_back(static_cast<double>(graph.neighbours(vertex).size()));
    std::sort(degrees.rbegin(), degrees.rend());
    return degrees;
  };
  const auto stored = sorted_degrees(*stored_kronecker_graph(12, 1));
  const auto drawn = sorted_degrees(*drawn_kronecker_graph(12, 1));
  for (const size_t rank : {0, 10, 100, 500, 1000}) {
    EXPECT_NEAR(drawn[rank] / stored[rank], 1, 0.15) << "rank " << rank;
  }
}

/// The first search of a stream, taken from its addresses alone.
struct Search {
  std::vector<int64_t> parent;
  std::vector<uint64_t> order;
};

Search observe(const std::vector<Reference>& references, unsigned scale) {
  const Graph500Layout layout(scale);
  const uint64_t vertices = uint64_t{1} << scale;
  const auto inside = [&](const Array& array, uint64_t count, uint64_t address) {
    return address >= array.base && address < array[count];
  };
  Search search{std::vector<int64_t>(vertices, -1), {}};
  int64_t expanded = -1;
  for (const Reference& reference : references) {
    if (inside(layout.rows, 2 * vertices, reference.address)) {
      expanded = static_cast<int64_t>((reference.address - layout.rows.base) / 16);
    } else if (inside(layout.tree, vertices, reference.address) &&
               reference.kind == ReferenceKind::kStore) {
      const uint64_t vertex = (reference.address - layout.tree.base) / 8;
      EXPECT_EQ(search.parent[vertex], -1) << "visited twice";
      search.parent[vertex] = expanded == -1 ? static_cast<int64_t>(vertex) : expanded;
      search.order.push_back(vertex);
    }
  }
  return search;
}

TEST(Graph500, ItsTreeIsThatOfABreadthFirstSearch) {
  constexpr unsigned kScale = 9;
  const auto graph = stored_kronecker_graph(kScale, 5);
  // References of a whole search, from a plain one from the same root.
  const auto start = drain(*open_workload("graph500:scale=9,references=2", 5));
  const uint64_t root = (start[1].address - Graph500Layout(kScale).tree.base) / 8;
  std::vector<int64_t> level(graph->vertices(), -1);
  std::queue<uint64_t> queue({root});
  level[root] = 0;
  uint64_t references = 2;
  uint64_t visited = 0;
  for (; !queue.empty(); queue.pop()) {
    ++visited;
    const std::vector<uint32_t> row = graph->neighbours(queue.front());
    references += 3 + 2 * row.size();
    for (const uint32_t neighbour : row) {
      if (level[neighbour] != -1) continue;
      level[neighbour] = level[queue.front()] + 1;
      references += 2;
      queue.push(neighbour);
    }
  }
  ASSERT_GT(visited, 200u);
  const Search search =
      observe(drain(*open_workload("graph500:scale=9,references=" + std::to_string(references), 5)),
              kScale);
  EXPECT_EQ(search.order.size(), visited);
  for (uint64_t vertex = 0; vertex < graph->vertices(); ++vertex) {
    const int64_t parent = search.parent[vertex];
    ASSERT_EQ(parent == -1, level[vertex] == -1) << vertex;
    if (parent == -1 || vertex == root) continue;
    EXPECT_EQ(level[static_cast<size_t>(parent)] + 1, level[vertex]);
    const std::vector<uint32_t>& row = graph->neighbours(static_cast<uint64_t>(parent));
    EXPECT_TRUE(std::binary_search(row.begin(), row.end(), vertex));
  }
}

TEST(Graph500, ADrawnGraphMissesTlbsAsAStoredOne) {
  const auto rate = [](const std::string& kind, size_t entries) {
    const auto stream = open_workload("graph500:scale=16,references=2000000,graph=" + kind, 1);
    return test::miss_rate(drain(*stream), entries);
  };
  for (const size_t entries : {16, 64}) {
    EXPECT_NEAR(rate("drawn", entries) / rate("stored", entries), 1, 0.1) << entries;
  }
}

}  // namespace
}  // namespace nestwalk
