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

  /// Accesses all together.
  template <class Set>
  std::vector<CacheChain::Answer> answer(const std::vector<HostPhysical>& addresses) {
    AccessBatch batch;
    for (const HostPhysical address : addresses) batch.add(address);
    const uint64_t cycles = chain.answer<Set>(batch);
    std::vector<CacheChain::Answer> answers;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      answers.push_back(chain.answer_past(batch.levels_missed(i)));
      sum += answers.back().cycles;
    }
    EXPECT_EQ(cycles, sum);
    return answers;
  }
  /// The same one after the other, by caches that know nothing of each other.
  CacheChain::Answer look_up(HostPhysical address) {
    for (size_t i = 0; i < caches.size(); ++i) {
      const bool hit = caches[i]->access(address);
      statistics[i].count(hit);
      if (hit) return {kNames[i], static_cast<Cycles>(10 * (i + 1))};
    }
    ++memory_accesses;
    return {MemoryLevel::kMemory, kMemory};
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
  const auto access = [&one](uint64_t address) {
    return one.answer<Sse2Set>({HostPhysical(address)}).front();
  };
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

TEST(CacheChain, FillsNothingWhereNoMemoryAnswers) {
  Chained one(usual_levels());
  for (int i = 0; i < 2; ++i) {
    const CacheChain::Answer answer = one.chain.access_nothing();
    EXPECT_EQ(answer.served_by, MemoryLevel::kMemory);
    EXPECT_EQ(answer.cycles, kMemory);
  }
  EXPECT_EQ(one.memory_accesses, 2U);
  for (const HitStatistics& level : one.statistics) {
    EXPECT_EQ(level.hits, 0U);
    EXPECT_EQ(level.misses, 2U);
  }
}

template <class Set>
void answers_as_one_after_the_other() {
  const std::vector<std::vector<CacheConfig>> chains{
      {},
      {cache_of(12, 20)},
      {cache_of(2, 8), cache_of(12, 16)},
      usual_levels(),
      {cache_of(2, 8), cache_of(512, 20), cache_of(768, 28)},
      {cache_of(3, 4), cache_of(8, 6), cache_of(16, 12)},
      {cache_of(2, 8), cache_of(8, 8, Replacement::kTreePlru),
       cache_of(12, 20, Replacement::kRandom)}};
  const std::vector<CacheConfig> levels = *rc::gen::elementOf(chains);
  Chained together(levels);
  Chained alone(levels);
  for (int step = 0; step < 20; ++step) {
    const auto count =
        *rc::gen::weightedOneOf<size_t>({{4, rc::gen::inRange<size_t>(0, 80)},
                                         {2, rc::gen::inRange<size_t>(0, 6)},
                                         {1, rc::gen::just<size_t>(AccessBatch::kCapacity)}});
    const auto lines =
        *rc::gen::container<std::vector<uint64_t>>(count, rc::gen::inRange<uint64_t>(0, 700));
    std::vector<HostPhysical> addresses;
    for (const uint64_t line : lines) addresses.emplace_back(line * kLineBytes + line % kLineBytes);
    const std::vector<CacheChain::Answer> answers = together.answer<Set>(addresses);
    for (size_t i = 0; i < count; ++i) {
      const CacheChain::Answer wanted = alone.look_up(addresses[i]);
      RC_ASSERT(answers[i].served_by == wanted.served_by);
      RC_ASSERT(answers[i].cycles == wanted.cycles);
    }
  }
  RC_ASSERT(together.memory_accesses == alone.memory_accesses);
  for (size_t level = 0; level < levels.size(); ++level) {
    RC_ASSERT(together.statistics[level].hits == alone.statistics[level].hits);
    RC_ASSERT(together.statistics[level].misses == alone.statistics[level].misses);
  }
}

RC_GTEST_PROP(CacheChain, AnswersABatchAsOneAfterTheOtherBySse2, ()) {
  answers_as_one_after_the_other<Sse2Set>();
}

// By what a run on this host uses: AVX2 where there is any.
RC_GTEST_PROP(CacheChain, AnswersABatchAsOneAfterTheOtherByTheHostsWidest, ()) {
  if (Avx2Set::is_available())
    answers_as_one_after_the_other<Avx2Set>();
  else
    answers_as_one_after_the_other<Sse2Set>();
}

}  // namespace
}  // namespace nestwalk
