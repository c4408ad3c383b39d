// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/cactusadm.h"

#include <utility>
#include <vector>

#include "sim/stream/workload/grid.h"
#include "sim/stream/workload/program.h"

namespace nestwalk {
namespace {

constexpr int kTensor = 6;  ///< Components of a symmetric tensor in three dimensions.
/// Floating-point work of a point: inverse metric, Christoffel symbols, Ricci tensor.
constexpr uint32_t kArithmetic = 900;

/// The leapfrog step: curvature K of the next time level from K of the level before and from the
/// metric and the lapse around the point in space, then the metric from the curvature. The course
/// does not depend on the numbers: those are not computed.
class CactusAdm : public Program {
 public:
  explicit CactusAdm(uint64_t side) : grid_{side} {
    for (int level = 0; level < kLevels; ++level) {
      metric_.push_back(grid_.arrays(layout_, kTensor));
      curvature_.push_back(grid_.arrays(layout_, kTensor));
      lapse_.push_back(grid_.arrays(layout_, 1).front());
    }
    shift_and_others_ = grid_.arrays(layout_, kOthers);
  }

  void run(Emitter& emitter) override {
    for (unsigned step = 0;; ++step) {
      const unsigned past = step % kLevels;
      const unsigned now = (step + 1) % kLevels;
      const unsigned next = (step + 2) % kLevels;
      for (uint64_t z = 1; z + 1 < grid_.side; ++z) {
        for (uint64_t y = 1; y + 1 < grid_.side; ++y) {
          for (uint64_t x = 1; x + 1 < grid_.side; ++x)
            update_point(emitter, grid_(x, y, z), past, now, next);
        }
      }
    }
  }

  VirtualRange region() const override { return layout_.region(); }
  /// Long independent arithmetic between loads in order: prefetched, and hidden. Its dependence
  /// chains make it slow of itself: floating point of three to five cycles' latency.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.1}; }

 private:
  static constexpr int kLevels = 3;  ///< Past, present, next.
  static constexpr int kOthers = 11;

  void update_point(Emitter& emitter, uint64_t point, unsigned past, unsigned now,
                    unsigned next) const {
    // First and second derivatives of the metric and the lapse: the point, its 6 neighbours along
    // the axes and its 12 along the diagonals of planes.
    for (const Array& component : metric_[now]) stencil(emitter, component, point);
    stencil(emitter, lapse_[now], point);
    for (const Array& component : curvature_[now]) emitter.load(component[point]);
    emitter.compute(kArithmetic);
    for (size_t i = 0; i < kTensor; ++i) {
      emitter.load(curvature_[past][i][point]);
      emitter.compute(8);
      emitter.store(curvature_[next][i][point]);
    }
    for (size_t i = 0; i < kTensor; ++i) {
      emitter.load(metric_[past][i][point]);
      emitter.compute(4);
      emitter.store(metric_[next][i][point]);
    }
  }

  void stencil(Emitter& emitter, const Array& array, uint64_t point) const {
    const uint64_t line = grid_.side;
    const uint64_t plane = grid_.side * grid_.side;
    const uint64_t address = array[point];
    emitter.load(address);
    for (const uint64_t step : {uint64_t{1}, line, plane}) {
      emitter.load(address - 8 * step);
      emitter.load(address + 8 * step);
    }
    for (const auto& [a, b] : {std::pair{uint64_t{1}, line}, {uint64_t{1}, plane}, {line, plane}}) {
      emitter.load(address - 8 * (a + b));
      emitter.load(address - 8 * a + 8 * b);
      emitter.load(address + 8 * a - 8 * b);
      emitter.load(address + 8 * (a + b));
    }
  }

  Grid grid_;
  Layout layout_;
  std::vector<std::vector<Array>> metric_, curvature_;  ///< By time level.
  std::vector<Array> lapse_;
  std::vector<Array> shift_and_others_;  ///< Allocated, but not used by the step.
};

}  // namespace

Workload cactusadm_workload() {
  Workload cactusadm;
  cactusadm.name = "cactusadm";
  cactusadm.runs = "SPEC 436.cactusADM: staggered leapfrog over a grid of tensors";
  cactusadm.parameters = {
      {"side", "120", "points along each edge; 50 doubles a point (691 MB), 4 to 2000"},
      {"references", "20000000", "loads and stores"},
  };
  cactusadm.open = [](const WorkloadParameters& parameters, uint64_t) {
    return stream_of(std::make_unique<CactusAdm>(parameters.count("side", 4, 2000)),
                     parameters.references());
  };
  return cactusadm;
}

}  // namespace nestwalk
