// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/recorded_kernels.h"

#include <cstdint>

#include "tests/benchmark/graph.h"
#include "tests/benchmark/recorder.h"

namespace nestwalk::bench {
namespace {

constexpr uint32_t kUnvisited = ~uint32_t{0};

/// Neighbours lie at most `band` away, but for one in `far`, which lies anywhere before the vertex.
Graph band_graph(uint32_t vertices, uint32_t degree, uint32_t band, uint32_t far) {
  return make_graph(vertices, degree, [=](Random& random, uint32_t vertex) {
    if (random.below(far) == 0) return random.below(vertex + 1);
    const uint32_t low = vertex < band ? 0 : vertex - band;
    const uint32_t high = std::min(vertices - 1, vertex + band);
    return low + random.below(high - low + 1);
  });
}

}  // namespace

std::vector<Reference> record_breadth_first_search(size_t references) {
  constexpr uint32_t kVertices = 2000000;
  constexpr uint32_t kDegree = 8;
  constexpr uint32_t kBand = 200;
  constexpr uint32_t kFar = 110;
  Graph graph = band_graph(kVertices, kDegree, kBand, kFar);

  Recorder recorder(references);
  RecordedArray offsets(recorder, std::move(graph.offsets));
  RecordedArray neighbours(recorder, std::move(graph.columns));
  RecordedArray parents(recorder, std::vector<uint32_t>(kVertices, kUnvisited));
  RecordedArray queue(recorder, std::vector<uint32_t>(kVertices));

  const uint32_t source = 0;
  size_t discovered = 0;
  parents.store(source, source);
  queue.store(discovered++, source);
  for (size_t next = 0; next < discovered && !recorder.full(); ++next) {
    const uint32_t vertex = queue.load(next);
    const uint64_t begin = offsets.load(vertex);
    const uint64_t end = offsets.load(vertex + 1);
    for (uint64_t i = begin; i < end; ++i) {
      const uint32_t neighbour = neighbours.load(i);
      if (parents.load(neighbour) != kUnvisited) continue;
      parents.store(neighbour, vertex);
      queue.store(discovered++, neighbour);
    }
  }
  return recorder.take();
}

std::vector<Reference> record_sparse_product(size_t references) {
  constexpr uint32_t kColumns = 5500000;
  constexpr uint32_t kDegree = 16;
  constexpr uint32_t kBand = 1000;
  constexpr uint32_t kNearPercent = 23;
  // A row is 2 * kDegree + 4 references: no more rows than are recorded.
  const auto rows = static_cast<uint32_t>(references / (2 * kDegree + 4) + 1);
  Graph matrix = make_graph(rows, kDegree, [=](Random& random, uint32_t row) {
    if (random.below(100) >= kNearPercent) return random.below(kColumns);
    return std::min(row + random.below(kBand), kColumns - 1);
  });

  Recorder recorder(references);
  RecordedArray offsets(recorder, std::move(matrix.offsets));
  RecordedArray columns(recorder, std::move(matrix.columns));
  RecordedArray contributions(recorder, std::vector<float>(kColumns, 1.0F / kColumns));
  RecordedArray scores(recorder, std::vector<float>(rows, 1.0F / kColumns));

  constexpr float kDamping = 0.85F;
  for (uint32_t row = 0; row < rows && !recorder.full(); ++row) {
    const uint64_t begin = offsets.load(row);
    const uint64_t end = offsets.load(row + 1);
    float sum = 0;
    for (uint64_t i = begin; i < end; ++i) sum += contributions.load(columns.load(i));
    const float old = scores.load(row);
    scores.store(row, (1 - kDamping) * old + kDamping * sum);
  }
  return recorder.take();
}

}  // namespace nestwalk::bench
