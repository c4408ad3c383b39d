// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "sim/stream/reference.h"

namespace nestwalk::bench {

/// Hit-heavy: a top-down breadth-first search of 2 million vertices with 8 neighbours each. They
/// lie in a narrow band around the vertex, as in meshes and road networks numbered along their
/// length, but for one in 110, which lies anywhere before it. Of the data references 0.3 % miss the
/// L1 TLB of the paper's machine.
std::vector<Reference> record_breadth_first_search(size_t references);

/// Miss-heavy: PageRank's step, a sparse matrix-vector product with 5.5 million columns and 16
/// nonzeros a row, of which 23 % lie near the diagonal and the others anywhere. Of the data
/// references 34 % miss the L1 TLB of the paper's machine, 31 % its L2 TLB as well.
std::vector<Reference> record_sparse_product(size_t references);

}  // namespace nestwalk::bench
