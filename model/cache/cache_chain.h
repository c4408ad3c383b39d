// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "model/cache/cache.h"
#include "model/cache/memory_level.h"
#include "model/timing/latency_table.h"
#include "model/tlb/hit_statistics.h"

namespace nestwalk {

/// The cache levels of one core and the memory behind them as one call: an access looks each level
/// up, nearest first, until one has the line, and brings it into those before. The same tags and
/// counters as the modules' own.
class CacheChain {
 public:
  struct Answer {
    MemoryLevel served_by;
    Cycles cycles;  ///< Load-to-use.
  };

  /// `memory_accesses`: counts what no cache has; must outlive the chain.
  CacheChain(Cycles memory, uint64_t& memory_accesses)
      : memory_(memory), memory_accesses_(&memory_accesses) {}

  /// The next level further from the core; at most three. References must outlive the chain.
  void add(Cache& cache, HitStatistics& statistics, MemoryLevel level, Cycles load_to_use) {
    levels_[count_++] = {&cache, cache.lru_tags(), &statistics, level, load_to_use};
    narrow_ &= cache.lru_tags() != nullptr;
  }

  /// Has the host fetch what `access` will read of the largest level.
  void prefetch(uint64_t address) {
    if (count_ != 0) levels_[count_ - 1].cache->prefetch(address);
  }

  /// Three levels of LruTags, of which all but the last are usual: for `access`.
  bool is_usual() const {
    return count_ == kMostLevels && narrow_ && levels_[0].tags->is_usual() &&
           levels_[1].tags->is_usual();
  }

  /// An access to an address at which memory answers: it is below the reach of the caches. `Set` as
  /// for Cache; `usual`: the caller knows that the chain is.
  template <class Set, bool usual = false>
  Answer access(uint64_t address) {
    const uint64_t line = address >> kLineShift;
    if constexpr (usual)
      return first_that<0, true>([line](Level& level, auto index) {
        return level.tags->template access<Set, index() + 1 != kMostLevels>(line);
      });
    if (narrow_)
      return first_that<0>(
          [line](Level& level, auto) { return level.tags->template access<Set>(line); });
    return first_that<0>([address](Level& level, auto) {
      return level.cache->template access_within_reach<Set>(address);
    });
  }
  /// To one at which it does not: no cache keeps the line.
  Answer access_nothing(uint64_t address) {
    return first_that<0>([address](Level& level, auto) { return level.cache->look_up(address); });
  }

 private:
  static constexpr size_t kMostLevels = 3;

  struct Level {
    Cache* cache = nullptr;
    LruTags* tags = nullptr;  ///< The cache's own, if they are such.
    HitStatistics* statistics = nullptr;
    MemoryLevel level = MemoryLevel::kMemory;
    Cycles load_to_use = 0;
  };

  template <size_t i, bool all = false, class Has>
  Answer first_that(Has has) {
    if constexpr (i < kMostLevels) {
      if (all || i < count_) {
        Level& level = levels_[i];
        const bool hit = has(level, std::integral_constant<size_t, i>());
        level.statistics->count(hit);
        if (hit) return {level.level, level.load_to_use};
        return first_that<i + 1, all>(has);
      }
    }
    ++*memory_accesses_;
    return {MemoryLevel::kMemory, memory_};
  }

  std::array<Level, kMostLevels> levels_{};
  size_t count_ = 0;
  bool narrow_ = true;  ///< All levels have LruTags.
  Cycles memory_;
  uint64_t* memory_accesses_;
};

}  // namespace nestwalk
