// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/mcf.h"

#include "sim/stream/workload/network_simplex.h"
#include "sim/stream/workload/program.h"

namespace nestwalk {
namespace {

class Mcf : public Program {
 public:
  explicit Mcf(const VehicleScheduling& problem) : simplex_(problem) {}

  void run(Emitter& emitter) override {
    for (;; simplex_.restart()) {
      while (simplex_.pivot(emitter)) {
      }
    }
  }

  VirtualRange region() const override { return simplex_.region(); }
  /// An arc leads to its nodes, a node to its parent: a chain of two loads where arcs are priced
  /// (beside other arcs' chains), of as many as the tree is deep elsewhere.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.5}; }

 private:
  NetworkSimplex simplex_;
};

}  // namespace

Workload mcf_workload() {
  Workload mcf;
  mcf.name = "mcf";
  mcf.runs = "SPEC 429.mcf: vehicle scheduling by the network simplex method";
  mcf.parameters = {
      {"trips", "22500", "timetabled trips: two nodes each, 104 bytes a node, 2 to 1000000"},
      {"connections", "1180",
       "arcs from each trip to later ones, 64 bytes an arc (1.7 GB), 1 to 100000"},
      {"references", "20000000", "loads and stores"},
  };
  mcf.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const auto trips = static_cast<uint32_t>(parameters.count("trips", 2, 1000000));
    const auto connections = static_cast<uint32_t>(parameters.count("connections", 1, 100000));
    return stream_of(std::make_unique<Mcf>(VehicleScheduling(trips, connections, seed)),
                     parameters.references());
  };
  return mcf;
}

}  // namespace nestwalk
