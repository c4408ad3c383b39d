// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/gemsfdtd.h"

#include <array>
#include <vector>

#include "sim/stream/workload/grid.h"
#include "sim/stream/workload/program.h"

namespace nestwalk {
namespace {

constexpr uint64_t kLayer = 10;         ///< Cells of the absorbing layer at each face.
constexpr uint64_t kTransformEach = 4;  ///< Steps between two samples of the far field's transform.
constexpr uint64_t kFrequencies = 3;

/// Yee's scheme: magnetic field from the electric one half a cell further, then the reverse, each
/// with an absorbing layer (a uniaxial PML with one auxiliary value a component) at the six faces;
/// every few steps the tangential fields on a box around the object are summed up into their
/// Fourier transform. The course does not depend on the numbers: those are not computed.
class GemsFdtd : public Program {
 public:
  explicit GemsFdtd(uint64_t side)
      : grid_{side}, electric_(grid_.arrays(layout_, 3)), magnetic_(grid_.arrays(layout_, 3)) {
    for (int component = 0; component < 6; ++component)
      auxiliary_.push_back(layout_.array(6 * kLayer * side * side, 8));
    transform_ = layout_.array(6 * 4 * kFrequencies * side * side, 16);
  }

  void run(Emitter& emitter) override {
    for (uint64_t step = 0;; ++step) {
      half_step(emitter, magnetic_, electric_, true, 0);
      half_step(emitter, electric_, magnetic_, false, 3);
      if (step % kTransformEach == 0) transform(emitter);
    }
  }

  VirtualRange region() const override { return layout_.region(); }
  /// Arrays in order, which a prefetcher follows; the transform's strides stay within pages.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.15}; }

 private:
  using Field = std::vector<Array>;

  /// Each component of `field` from the curl of `other`, at the neighbours with the next (or the
  /// previous) coordinates.
  void half_step(Emitter& emitter, const Field& field, const Field& other, bool next,
                 size_t auxiliary) const {
    const uint64_t line = 8 * grid_.side;
    const std::array<uint64_t, 3> step{8, line, line * grid_.side};
    const uint64_t begin = next ? 0 : 1;
    const uint64_t end = next ? grid_.side - 1 : grid_.side;
    for (uint64_t z = begin; z < end; ++z) {
      for (uint64_t y = begin; y < end; ++y) {
        for (uint64_t x = begin; x < end; ++x) {
          const uint64_t cell = grid_(x, y, z);
          for (size_t i = 0; i < 3; ++i) {
            const size_t j = (i + 1) % 3;
            const size_t k = (i + 2) % 3;
            emitter.load(other[j][cell]);
            emitter.load(next ? other[j][cell] + step[k] : other[j][cell] - step[k]);
            emitter.load(other[k][cell]);
            emitter.load(next ? other[k][cell] + step[j] : other[k][cell] - step[j]);
            emitter.load(field[i][cell]);
            emitter.compute(6);
            emitter.store(field[i][cell]);
          }
          emitter.compute(3);
        }
      }
    }
    absorb(emitter, field, auxiliary);
  }

  /// The cells within kLayer of a face, face by face.
  void absorb(Emitter& emitter, const Field& field, size_t auxiliary) const {
    uint64_t number = 0;
    for (int axis = 0; axis < 3; ++axis) {
      for (const bool far : {false, true}) {
        const uint64_t from = far ? grid_.side - kLayer : 0;
        for (uint64_t outer = 0; outer < (axis == 2 ? kLayer : grid_.side); ++outer) {
          for (uint64_t middle = 0; middle < (axis == 1 ? kLayer : grid_.side); ++middle) {
            for (uint64_t inner = 0; inner < (axis == 0 ? kLayer : grid_.side); ++inner) {
              const uint64_t cell =
                  grid_(inner + (axis == 0 ? from : 0), middle + (axis == 1 ? from : 0),
                        outer + (axis == 2 ? from : 0));
              for (size_t i = 0; i < 3; ++i) {
                emitter.load(auxiliary_[auxiliary + i][number]);
                emitter.load(field[i][cell]);
                emitter.compute(5);
                emitter.store(auxiliary_[auxiliary + i][number]);
                emitter.store(field[i][cell]);
              }
              ++number;
            }
          }
        }
      }
    }
  }

  /// On each face of the box: the two tangential components of either field, into a complex sum
  /// for each frequency. On the faces across x neighbours in the loop are lines apart.
  void transform(Emitter& emitter) const {
    const uint64_t low = kLayer + 2;
    const uint64_t high = grid_.side - kLayer - 3;
    uint64_t number = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      for (const uint64_t at : {low, high}) {
        for (uint64_t b = low; b <= high; ++b) {
          for (uint64_t a = low; a <= high; ++a) {
            const uint64_t cell = axis == 0   ? grid_(at, a, b)
                                  : axis == 1 ? grid_(a, at, b)
                                              : grid_(a, b, at);
            for (const size_t i : {(axis + 1) % 3, (axis + 2) % 3}) {
              for (const Field* const field : {&electric_, &magnetic_}) {
                emitter.load((*field)[i][cell]);
                for (uint64_t f = 0; f < kFrequencies; ++f, ++number) {
                  emitter.load(transform_[number], 16);
                  emitter.compute(4);
                  emitter.store(transform_[number], 16);
                }
              }
            }
          }
        }
      }
    }
  }

  Grid grid_;
  Layout layout_;
  Field electric_, magnetic_;
  Field auxiliary_;  ///< Of the absorbing layer: magnetic components, then electric ones.
  Array transform_;
};

}  // namespace

Workload gemsfdtd_workload() {
  Workload gemsfdtd;
  gemsfdtd.name = "gemsfdtd";
  gemsfdtd.runs = "SPEC 459.GemsFDTD: Yee's scheme, absorbing layer, near to far field transform";
  gemsfdtd.parameters = {
      {"side", "236", "cells along each edge, 32 to 1500 (236: 860 MB)"},
      {"references", "20000000", "loads and stores"},
  };
  gemsfdtd.open = [](const WorkloadParameters& parameters, uint64_t) {
    return stream_of(std::make_unique<GemsFdtd>(parameters.count("side", 32, 1500)),
                     parameters.references());
  };
  return gemsfdtd;
}

}  // namespace nestwalk
