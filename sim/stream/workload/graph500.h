// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// Graph500: breadth-first searches in a Kronecker graph, from random roots.
Workload graph500_workload();

/// The arrays of Graph500's sequential reference code.
struct Graph500Layout {
  explicit Graph500Layout(unsigned scale);

  Layout layout;
  Array edges;    ///< The edge list, from which the graph was made: 16 bytes an edge.
  Array rows;     ///< xoff: begin and end of each vertex's row.
  Array columns;  ///< xadj
  Array tree;     ///< bfs_tree: each vertex's parent.
  Array queue;    ///< vlist
};

}  // namespace nestwalk
