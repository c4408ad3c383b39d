// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/npb_matrix.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// NAS Parallel Benchmarks CG: conjugate gradients with a random sparse matrix.
Workload npb_cg_workload();

/// The arrays of NPB 3.3's CG.
struct NpbCgLayout {
  explicit NpbCgLayout(const NpbCgClass& problem);

  Layout layout;
  Array values;   ///< a
  Array columns;  ///< colidx
  Array rows;     ///< rowstr
  Array x, z, p, q, r;
};

}  // namespace nestwalk
