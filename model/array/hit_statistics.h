// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Hits and misses of a look-up structure.
struct HitStatistics {
  uint64_t hits = 0;
  uint64_t misses = 0;

  void count(bool hit) { ++(hit ? hits : misses); }

  HitStatistics& operator+=(const HitStatistics& other) {
    hits += other.hits;
    misses += other.misses;
    return *this;
  }
};

}  // namespace nestwalk
