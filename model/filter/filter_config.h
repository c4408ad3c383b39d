// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// One escape filter (spec 2.4).
struct FilterConfig {
  uint32_t bits = 256;
  uint32_t hashes = 4;
  bool partitioned = true;  ///< Each hash has bits / hashes of its own.
  uint64_t seed = 1;        ///< Of the H3 matrices.

  friend bool operator==(const FilterConfig& a, const FilterConfig& b) {
    return a.bits == b.bits && a.hashes == b.hashes && a.partitioned == b.partitioned &&
           a.seed == b.seed;
  }
};

}  // namespace nestwalk
