// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/npb_cg.h"

#include "sim/stream/workload/program.h"

namespace nestwalk {
namespace {

constexpr int kInnerIterations = 25;

/// The loops of `conj_grad` and of the power iteration around it, statement by statement, as gcc
/// -O2 compiles them. Their course does not depend on the numbers: those are not computed.
class NpbCg : public Program {
 public:
  explicit NpbCg(const NpbCgClass& problem) : problem_(problem), layout_(problem) {}

  /// The run begins with the first product: the vectors have been filled.
  void run(Emitter& emitter) override {
    const NpbCgLayout& l = layout_;
    NpbMatrix matrix(problem_);
    for (;;) {
      for (int iteration = 0; iteration < kInnerIterations; ++iteration) {
        multiply(emitter, matrix, l.p, l.q);
        for_each_row(emitter, 3, {&l.p, &l.q}, {});                        // d = p.q
        for_each_row(emitter, 6, {&l.p, &l.z, &l.q, &l.r}, {&l.z, &l.r});  // z, r, rho = r.r
        for_each_row(emitter, 3, {&l.p, &l.r}, {&l.p});                    // p = r + beta p
      }
      multiply(emitter, matrix, l.z, l.r);
      for_each_row(emitter, 4, {&l.x, &l.r}, {});                  // the residual's norm
      for_each_row(emitter, 4, {&l.x, &l.z}, {});                  // x.z, z.z
      for_each_row(emitter, 2, {&l.z}, {&l.x});                    // x = z / |z|
      for_each_row(emitter, 2, {&l.x}, {&l.q, &l.z, &l.r, &l.p});  // begin anew
      for_each_row(emitter, 3, {&l.r}, {});                        // rho = r.r
    }
  }

  VirtualRange region() const override { return layout_.layout.region(); }

 private:
  using Arrays = std::initializer_list<const Array*>;

  /// to = A from
  void multiply(Emitter& emitter, NpbMatrix& matrix, const Array& from, const Array& to) const {
    uint64_t element = 0;
    for (uint32_t row = 0; row < problem_.rows; ++row) {
      emitter.compute(2);
      emitter.load(layout_.rows[row], 4);
      emitter.load(layout_.rows[row + uint64_t{1}], 4);
      for (const uint32_t column : matrix.columns(row)) {
        emitter.load(layout_.columns[element], 4);
        emitter.load(layout_.values[element]);
        emitter.load(from[column]);  // multiplies, too
        emitter.compute(4);          // add; count, compare, branch
        ++element;
      }
      emitter.store(to[row]);
      emitter.compute(3);
    }
  }

  /// A loop over vectors: loads, stores, and `others` more instructions a row.
  void for_each_row(Emitter& emitter, uint32_t others, Arrays loads, Arrays stores) const {
    for (uint64_t row = 0; row < problem_.rows; ++row) {
      for (const Array* const array : loads) emitter.load((*array)[row]);
      emitter.compute(others);
      for (const Array* const array : stores) emitter.store((*array)[row]);
    }
  }

  NpbCgClass problem_;
  NpbCgLayout layout_;
};

}  // namespace

NpbCgLayout::NpbCgLayout(const NpbCgClass& problem) {
  const uint64_t rows_count = problem.rows;
  // What the benchmark declares: a little more than is used, since duplicates are added up.
  const uint64_t elements = rows_count * (problem.nonzeros + 1) * (problem.nonzeros + 1);
  values = layout.array(elements, 8);
  columns = layout.array(elements, 4);
  rows = layout.array(rows_count + 1, 4);
  for (Array* const vector : {&x, &z, &p, &q, &r}) *vector = layout.array(rows_count + 2, 8);
}

Workload npb_cg_workload() {
  Workload cg;
  cg.name = "npb-cg";
  cg.runs = "NAS Parallel Benchmarks CG: conjugate gradients with its random sparse matrix";
  cg.parameters = {
      {"class", "E", "S, W, A, B, C, D (8 GiB) or E (73 GiB)"},
      {"references", "20000000", "loads and stores"},
  };
  cg.open = [](const WorkloadParameters& parameters, uint64_t) {
    const std::string& name = parameters.word("class");
    const NpbCgClass* const problem = name.size() == 1 ? find_npb_cg_class(name[0]) : nullptr;
    if (problem == nullptr) parameters.fail("class", "S, W, A, B, C, D or E");
    return stream_of(std::make_unique<NpbCg>(*problem), parameters.references());
  };
  return cg;
}

}  // namespace nestwalk
