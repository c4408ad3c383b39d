// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/array/hit_statistics.h"
#include "model/cache/access_batch.h"
#include "model/cache/cache.h"
#include "model/timing/latency_table.h"
#include "model/timing/memory_level.h"

namespace nestwalk {

/// The cache levels of one core and the memory behind them as one: an access looks each level up,
/// nearest first, until one has the line, and brings it into those before. The same tags and
/// counters as the modules' own.
class CacheChain {
 public:
  static constexpr size_t kMostLevels = 3;

  struct Answer {
    MemoryLevel served_by = MemoryLevel::kMemory;
    Cycles cycles = 0;  ///< Load-to-use.
  };

  /// `memory_accesses`: counts what no cache has; must outlive the chain.
  CacheChain(Cycles memory, uint64_t& memory_accesses) : memory_accesses_(&memory_accesses) {
    answers_[0] = {MemoryLevel::kMemory, memory};
  }

  /// The next level further from the core; at most three. References must outlive the chain.
  void add(Cache& cache, HitStatistics& statistics, MemoryLevel level, Cycles load_to_use) {
    answers_[count_ + 1] = answers_[count_];
    answers_[count_] = {level, load_to_use};
    levels_[count_++] = {&cache, &statistics};
  }

  /// Answers accesses to addresses at which memory answers: they are below the reach of the caches.
  /// Returns their cycles, all together. `Set` as for Cache.
  template <class Set>
  uint64_t answer(AccessBatch& batch) {
    uint64_t cycles = 0;
    uint32_t left = batch.size();
    if (left <= kFew || count_ == 0) {  // without levels nobody else says that none missed
      for (uint32_t place = 0; place < left; ++place) cycles += answer_alone(batch, place);
      return cycles;
    }
    for (size_t i = 0; i < count_ && left != 0; ++i) {
      const Level& level = levels_[i];
      const uint32_t missed =
          i == 0 ? batch.ask_first<Set>(*level.cache) : batch.ask_next<Set>(*level.cache, left);
      level.statistics->hits += left - missed;
      level.statistics->misses += missed;
      cycles += uint64_t{answers_[i].cycles} * (left - missed);
      left = missed;
    }
    *memory_accesses_ += left;
    return cycles + uint64_t{answers_[count_].cycles} * left;
  }

  size_t levels() const { return count_; }
  /// What answers an access that so many levels have missed.
  Answer answer_past(size_t levels) const { return answers_[levels]; }

  /// An access to an address at which no memory answers: no cache keeps the line.
  Answer access_nothing() {
    for (size_t i = 0; i < count_; ++i) levels_[i].statistics->count(false);
    ++*memory_accesses_;
    return answers_[count_];
  }

 private:
  /// Accesses that are sooner answered one after the other than by lists of what is left of them:
  /// cores that take turns gather no more.
  static constexpr uint32_t kFew = 4;

  Cycles answer_alone(AccessBatch& batch, uint32_t place) {
    size_t missed = 0;
    for (; missed < count_; ++missed) {
      const Level& level = levels_[missed];
      const bool hit = level.cache->access(batch.address(place));
      level.statistics->count(hit);
      if (hit) break;
    }
    if (missed == count_) ++*memory_accesses_;
    batch.set_levels_missed(place, missed);
    return answers_[missed].cycles;
  }

  struct Level {
    Cache* cache = nullptr;
    HitStatistics* statistics = nullptr;
  };

  std::array<Level, kMostLevels> levels_{};
  std::array<Answer, kMostLevels + 1> answers_{};  ///< By level, and memory's.
  size_t count_ = 0;
  uint64_t* memory_accesses_;
};

}  // namespace nestwalk
