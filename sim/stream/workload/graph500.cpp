// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/graph500.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "sim/stream/workload/kronecker.h"
#include "sim/stream/workload/program.h"

namespace nestwalk {
namespace {

constexpr unsigned kLargestStored = 20;

class Graph500 : public Program {
 public:
  Graph500(unsigned scale, std::function<std::unique_ptr<KroneckerGraph>()> make, uint64_t seed)
      : layout_(scale), make_(std::move(make)), random_(seed, 500) {}

  void run(Emitter& emitter) override {
    graph_ = make_();
    for (bool first = true;; first = false) {
      visited_.assign(graph_->vertices(), false);
      // The run begins when the tree has been filled for the first time.
      if (!first) fill_tree(emitter);
      search(emitter, random_root());
    }
  }

  VirtualRange region() const override { return layout_.layout.region(); }

 private:
  void fill_tree(Emitter& emitter) const {
    for (uint64_t vertex = 0; vertex < graph_->vertices(); ++vertex) {
      emitter.compute(2);
      emitter.store(layout_.tree[vertex]);
    }
  }

  /// A vertex with at least one edge, as the specification wants it.
  uint64_t random_root() {
    uint64_t root = 0;
    do {
      root = random_.below(graph_->vertices());
    } while (graph_->neighbours(root).empty());
    return root;
  }

  void search(Emitter& emitter, uint64_t root) {
    queue_.assign(1, static_cast<uint32_t>(root));
    visited_[root] = true;
    emitter.store(layout_.queue[0]);
    emitter.store(layout_.tree[root]);
    for (uint64_t head = 0; head < queue_.size(); ++head) {
      const uint64_t vertex = queue_[head];
      emitter.compute(3);
      emitter.load(layout_.queue[head]);
      emitter.load(layout_.rows[2 * vertex + 1]);
      emitter.load(layout_.rows[2 * vertex]);
      uint64_t column = layout_.columns[graph_->row(vertex)];
      for (const uint32_t neighbour : graph_->neighbours(vertex)) {
        emitter.load(column);
        emitter.compute(2);  // compare, branch; the loop's own two come with the next load
        emitter.load(layout_.tree[neighbour]);
        if (!visited_[neighbour]) {
          visited_[neighbour] = true;
          emitter.store(layout_.tree[neighbour]);
          emitter.compute(1);
          emitter.store(layout_.queue[queue_.size()]);
          queue_.push_back(neighbour);
        }
        emitter.compute(2);
        column += layout_.columns.element;
      }
    }
  }

  Graph500Layout layout_;
  std::function<std::unique_ptr<KroneckerGraph>()> make_;
  std::unique_ptr<KroneckerGraph> graph_;
  Random random_;
  std::vector<bool> visited_;
  std::vector<uint32_t> queue_;
};

}  // namespace

Graph500Layout::Graph500Layout(unsigned scale) {
  const uint64_t vertices = uint64_t{1} << scale;
  const uint64_t edge_count = kKroneckerEdgeFactor * vertices;
  edges = layout.array(edge_count, 16);
  rows = layout.array(2 * vertices + 2, 8);
  columns = layout.array(2 * edge_count, 8);
  tree = layout.array(vertices, 8);
  queue = layout.array(vertices, 8);
}

Workload graph500_workload() {
  Workload graph500;
  graph500.name = "graph500";
  graph500.runs = "Graph500: breadth-first searches in a Kronecker graph, from random roots";
  graph500.parameters = {
      {"scale", "27", "log2 of the vertices, 4 to 32; 16 edges each (27: 68 GiB)"},
      {"graph", "auto",
       "stored (to scale 26), drawn (neighbours drawn when looked at), auto: drawn above 20"},
      {"references", "20000000", "loads and stores"},
  };
  graph500.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const auto scale = static_cast<unsigned>(parameters.count("scale", 4, 32));
    const std::string& kind = parameters.word("graph");
    if (kind != "stored" && kind != "drawn" && kind != "auto")
      parameters.fail("graph", "stored, drawn or auto");
    const bool stored = kind == "stored" || (kind == "auto" && scale <= kLargestStored);
    if (stored && scale > 26) parameters.fail("graph", "drawn: a scale above 26 is not stored");
    const auto make = [=] {
      return stored ? stored_kronecker_graph(scale, seed) : drawn_kronecker_graph(scale, seed);
    };
    return stream_of(std::make_unique<Graph500>(scale, make, seed), parameters.references());
  };
  return graph500;
}

}  // namespace nestwalk
