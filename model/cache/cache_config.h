// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/array/replacement.h"

namespace nestwalk {

struct CacheConfig {
  bool enabled = true;
  uint64_t size = 0;  ///< Bytes.
  uint32_t ways = 1;
  Replacement replacement = Replacement::kLru;
};

struct MemoryHierarchyConfig {
  CacheConfig l1d{true, 32 << 10, 8};
  CacheConfig l2{true, 256 << 10, 8};
  CacheConfig l3{true, 15 << 20, 20};
  bool data_path = true;  ///< Data accesses go through the caches and compete with table entries.
};

}  // namespace nestwalk
