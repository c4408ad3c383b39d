// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace nestwalk {

/// A problem class of the NAS Parallel Benchmarks' CG.
struct NpbCgClass {
  char name;
  uint32_t rows;        ///< `na`
  uint32_t nonzeros;    ///< `nonzer`: of each of the vectors that the matrix is made of
  uint32_t iterations;  ///< `niter`
  double shift;         ///< of the eigenvalue
  double zeta;          ///< the eigenvalue that verifies a run
};

/// Classes S, W, A, B, C, D, E of NPB 3.3; nullptr for others.
const NpbCgClass* find_npb_cg_class(char name);

/// The matrix of NPB CG as `makea` makes it, bit for bit: the sum of omega_i x_i x_i^T over sparse
/// random vectors x_i, plus (rcond - shift) I. It is not kept: rows are summed up when asked for,
/// which takes 8 bytes a row and a window of rows' vector numbers, whatever the matrix's size.
class NpbMatrix {
 public:
  explicit NpbMatrix(const NpbCgClass& problem);

  /// Columns of a row, ascending. They stay until the next call.
  const std::vector<uint32_t>& columns(uint32_t row);
  /// The row's elements, in the order of its columns.
  std::vector<double> values(uint32_t row);

 private:
  static constexpr uint32_t kWindow = 1 << 16;  ///< Rows whose vectors are known at a time.

  void open_window(uint32_t row);
  /// Calls take(column, state of the generator before the element's value) for each element that
  /// is drawn for vector `i`; the element at column `i` itself is another matter.
  template <class Take>
  uint64_t draw_vector(uint64_t state, Take take) const;
  /// Columns of vector `i`, `i` itself last if it was not drawn.
  void vector_columns(uint32_t i, std::vector<uint32_t>& columns) const;
  std::vector<double> vector_values(uint32_t i) const;

  NpbCgClass problem_;
  int location_shift_ = 0;        ///< From the generator's 46 bits to a location.
  std::vector<uint64_t> states_;  ///< Of the generator before each vector; known with a window.
  uint32_t window_ = 0;           ///< First row of the window.
  std::vector<uint32_t> first_;   ///< Of each row of the window, in vectors_.
  std::vector<uint32_t> vectors_;
  std::vector<uint32_t> columns_;
  std::vector<uint32_t> part_;
};

}  // namespace nestwalk
