// SPDX-License-Identifier: Apache-2.0
#include "model/cache/cache_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <vector>

namespace nestwalk {
namespace {

constexpr uint64_t kReach = uint64_t{1} << 30;
constexpr Cycles kMemory = 200;
constexpr MemoryLevel kNames[] = {MemoryLevel::kL1d, MemoryLevel::kL2, MemoryLevel::kL3};

CacheConfig cache_of(uint64_t sets, uint32_t ways, Replacement replacement = Replacement::kLru) {
  CacheConfig config;
  config.size = sets * ways * kLineBytes;
  config.ways = ways;
  config.replacement = replacement;
  return config;
}

/// Caches and a chain of them; the load-to-use of level i is 10 (i + 1) cycles.
struct Chained {
  explicit Chained(const std::vector<CacheConfig>& configs) : statistics(configs.size()) {
    for (size_t i = 0; i < configs.size(); ++i) {
      caches.push_back(std::make_unique<Cache>(configs[i], 1, kReach));
      chain.add(*caches[i], statistics[i], kNames[i], 10 * (i + 1));
    }
  }

  std::vector<std::unique_ptr<Cache>> caches;
  std::vector<HitStatistics> statistics;
  uint64_t memory_accesses = 0;
  CacheChain chain{kMemory, memory_accesses};
};

const std::vector<CacheConfig>& usual_levels() {
  static const std::vector<CacheConfig> levels{cache_of(2, 8), cache_of(8, 8), cache_of(12, 20)};
  return levels;
}

TEST(CacheChain, AnswersWithTheNearestLevelThatHasTheLine) {
  Chained one(usual_levels());
  const auto access = [&one](uint64_t address) { return one.chain.access<Sse2Set>(address); };
  EXPECT_EQ(access(0x40).served_by, MemoryLevel::kMemory);
  EXPECT_EQ(access(0x40).cycles, 10U);  // now in all
  // Eight other lines of its L1D set, in as many sets of the L2 as there are: out of the L1D alone.
  for (uint64_t i = 1; i <= 8; ++i) EXPECT_EQ(access(0x40 + i * 128).cycles, kMemory);
  const CacheChain::Answer answer = access(0x40);
  EXPECT_EQ(answer.served_by, MemoryLevel::kL2);
  EXPECT_EQ(answer.cycles, 20U);
  EXPECT_EQ(one.memory_accesses, 9U);
  EXPECT_EQ(one.statistics[0].hits, 1U);
  EXPECT_EQ(one.statistics[0].misses, 10U);
  EXPECT_EQ(one.statistics[1].hits, 1U);
  EXPECT_EQ(one.statistics[1].misses, 9U);
  EXPECT_EQ(one.statistics[2].hits, 0U);
}

TEST(CacheChain, IsUsualWithThreeLevelsOfWhichTwoHaveAPowerOfTwoOfSets) {
  const auto is_usual = [](const std::vector<CacheConfig>& configs) {
    return Chained(configs).chain.is_usual();
  };
  EXPECT_TRUE(is_usual(usual_levels()));
  EXPECT_FALSE(is_usual({cache_of(2, 8), cache_of(8, 8)}));
  EXPECT_FALSE(is_usual({cache_of(3, 8), cache_of(8, 8), cache_of(12, 20)}));
  EXPECT_FALSE(is_usual({cache_of(2, 8), cache_of(12, 8), cache_of(12, 20)}));
  EXPECT_FALSE(is_usual({cache_of(2, 8), cache_of(8, 6), cache_of(12, 20)}));
  EXPECT_FALSE(is_usual({cache_of(2, 8), cache_of(8, 8), cache_of(12, 20, Replacement::kRandom)}));
}

RC_GTEST_PROP(CacheChain, TheCodeForTheUsualShapeDoesTheSame, ()) {
  Chained usual(usual_levels());
  Chained any(usual_levels());
  for (int step = 0; step < 500; ++step) {
    const auto address = *rc::gen::inRange<uint64_t>(0, 700) * kLineBytes;
    const CacheChain::Answer one = usual.chain.access<Sse2Set, true>(address);
    const CacheChain::Answer other = any.chain.access<Sse2Set>(address);
    RC_ASSERT(one.served_by == other.served_by);
    RC_ASSERT(one.cycles == other.cycles);
  }
  RC_ASSERT(usual.memory_accesses == any.memory_accesses);
  for (size_t level = 0; level < 3; ++level) {
    RC_ASSERT(usual.statistics[level].hits == any.statistics[level].hits);
    RC_ASSERT(usual.statistics[level].misses == any.statistics[level].misses);
  }
}

}  // namespace
}  // namespace nestwalk
