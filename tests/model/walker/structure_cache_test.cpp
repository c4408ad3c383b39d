// SPDX-License-Identifier: Apache-2.0
#include "model/walker/structure_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace nestwalk {
namespace {

constexpr ContextTag kTag{1};
constexpr ContextTag kOther{2};

StructureHit table_at(int level, uint64_t host, uint8_t rights = 0xf) {
  return {level, HostPhysical(host), rights};
}

/// Address bits that a table of `level` and those below it translate.
constexpr int covered_bits(int level) {
  return 12 + 9 * level;
}

TEST(StructureCache, IsEmptyAtFirst) {
  StructureCache cache{StructureCacheConfig{}};
  EXPECT_EQ(cache.look_up(0, kTag).level, 0);
  EXPECT_EQ(cache.look_up(0x7fff'ffff'f000, kTag).level, 0);
}

// A PDE gives the table of level 1, which serves 2 MiB; a PDPTE level 2, 1 GiB; a PML4E level 3,
// 512 GiB; with LA57 a PML5E level 4, 256 TiB.
TEST(StructureCache, KnowsATableForAllAddressesThatItServes) {
  const uint64_t address = 0x0012'3456'789a'b000;
  for (int level = 1; level <= 4; ++level) {
    StructureCache cache{StructureCacheConfig{}};
    cache.insert(address, table_at(level, 0x9000, 5), kTag);
    const uint64_t reach = uint64_t{1} << covered_bits(level);
    const uint64_t first = address & ~(reach - 1);
    for (const uint64_t inside : {first, address, first + reach - 1}) {
      const StructureHit hit = cache.look_up(inside, kTag);
      EXPECT_EQ(hit.level, level);
      EXPECT_EQ(hit.table, HostPhysical(0x9000));
      EXPECT_EQ(hit.rights, 5);
    }
    EXPECT_EQ(cache.look_up(first - 1, kTag).level, 0) << level;
    EXPECT_EQ(cache.look_up(first + reach, kTag).level, 0) << level;
  }
}

TEST(StructureCache, AnswersWithTheLowestTable) {
  StructureCache cache{StructureCacheConfig{}};
  for (int level = 4; level >= 1; --level) {
    cache.insert(0, table_at(level, uint64_t{0x1000} * static_cast<unsigned>(level)), kTag);
    EXPECT_EQ(cache.look_up(0, kTag).level, level);
    EXPECT_EQ(cache.look_up(0, kTag).table.value(), 0x1000U * static_cast<unsigned>(level));
  }
  EXPECT_EQ(cache.look_up(uint64_t{1} << 21, kTag).level, 2);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 30, kTag).level, 3);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 39, kTag).level, 4);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 48, kTag).level, 0);
}

TEST(StructureCache, ReplacesTheSameTable) {
  StructureCache cache{StructureCacheConfig{}};
  cache.insert(0, table_at(1, 0x9000, 3), kTag);
  cache.insert(0, table_at(1, 0xa000, 7), kTag);
  EXPECT_EQ(cache.look_up(0, kTag).table, HostPhysical(0xa000));
  EXPECT_EQ(cache.look_up(0, kTag).rights, 7);
  EXPECT_EQ(cache.invalidate_if([](ContextTag) { return true; }), 1U);
}

TEST(StructureCache, EntriesBelongToTheirContext) {
  StructureCache cache{StructureCacheConfig{}};
  cache.insert(0, table_at(1, 0x9000), kTag);
  cache.insert(0, table_at(1, 0xa000), kOther);
  EXPECT_EQ(cache.look_up(0, kTag).table, HostPhysical(0x9000));
  EXPECT_EQ(cache.look_up(0, kOther).table, HostPhysical(0xa000));
  EXPECT_EQ(cache.look_up(0, ContextTag{3}).level, 0);
}

// Entries of a level, all in one set: what the default geometry keeps of one more than fits.
TEST(StructureCache, HasTheDefaultSizes) {
  struct Case {
    int level;
    uint64_t capacity;
    uint64_t stride;  ///< In tables: 8 sets of PDEs, else fully associative.
  };
  for (const Case& c : {Case{1, 4, 8}, Case{2, 4, 1}, Case{3, 2, 1}, Case{4, 2, 1}}) {
    StructureCache cache{StructureCacheConfig{}};
    const auto address = [&](uint64_t i) { return i * c.stride << covered_bits(c.level); };
    for (uint64_t i = 0; i <= c.capacity; ++i)
      cache.insert(address(i), table_at(c.level, 0x9000), kTag);
    EXPECT_EQ(cache.look_up(address(0), kTag).level, 0) << c.level;
    for (uint64_t i = 1; i <= c.capacity; ++i)
      EXPECT_EQ(cache.look_up(address(i), kTag).level, c.level) << c.level;
  }
  StructureCache cache{StructureCacheConfig{}};
  for (uint64_t i = 0; i < 32; ++i) cache.insert(i << 21, table_at(1, 0x9000), kTag);
  EXPECT_EQ(cache.invalidate_if([](ContextTag) { return true; }), 32U);
}

TEST(StructureCache, AHitRenewsTheTableItAnswersWith) {
  StructureCache cache{StructureCacheConfig{}};
  cache.insert(0, table_at(3, 0x9000), kTag);
  cache.insert(uint64_t{1} << 39, table_at(3, 0xa000), kTag);
  EXPECT_EQ(cache.look_up(0, kTag).level, 3);
  cache.insert(uint64_t{2} << 39, table_at(3, 0xb000), kTag);
  EXPECT_EQ(cache.look_up(0, kTag).level, 3);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 39, kTag).level, 0);
}

TEST(StructureCache, KeepsNothingWhereAnArrayIsAbsent) {
  StructureCacheConfig config;
  config.pdpte_entries = 0;
  config.pml5e_entries = 0;
  StructureCache cache(config);
  for (int level = 1; level <= 4; ++level) cache.insert(0, table_at(level, 0x9000), kTag);
  EXPECT_EQ(cache.look_up(0, kTag).level, 1);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 21, kTag).level, 3);
  EXPECT_EQ(cache.look_up(uint64_t{1} << 39, kTag).level, 0);
}

TEST(StructureCache, HasNoGeometryWhereItIsOff) {
  StructureCacheConfig config;
  config.enabled = false;
  config.pde_ways = 1000;
  config.pml4e_entries = 3;
  config.replacement = Replacement::kTreePlru;
  StructureCache cache(config);
  cache.insert(0, table_at(1, 0x9000), kTag);
  EXPECT_EQ(cache.look_up(0, kTag).level, 0);
}

TEST(StructureCache, InvalidationTakesContexts) {
  StructureCache cache{StructureCacheConfig{}};
  for (int level = 1; level <= 4; ++level) {
    cache.insert(0, table_at(level, 0x9000), kTag);
    cache.insert(0, table_at(level, 0x9000), kOther);
  }
  EXPECT_EQ(cache.invalidate_if([](ContextTag tag) { return tag == kTag; }), 4U);
  EXPECT_EQ(cache.look_up(0, kTag).level, 0);
  EXPECT_EQ(cache.look_up(0, kOther).level, 1);
}

TEST(StructureCache, RefusesBrokenGeometries) {
  StructureCacheConfig config;
  config.pde_ways = 5;
  EXPECT_THROW(StructureCache{config}, std::invalid_argument);
  config.pde_ways = 4;
  config.pml4e_entries = 3;
  config.replacement = Replacement::kTreePlru;
  EXPECT_THROW(StructureCache{config}, std::invalid_argument);
}

/// Each (context, table of a level) has its own place in memory.
HostPhysical place_of(uint64_t address, int level, uint64_t tag) {
  return HostPhysical(
      ((address >> covered_bits(level)) * 64 + static_cast<uint64_t>(level) * 8 + tag) << 12);
}

RC_GTEST_PROP(StructureCache, NeverAnswersWithAnothersTable, ()) {
  StructureCacheConfig config;
  config.replacement =
      *rc::gen::element(Replacement::kLru, Replacement::kTreePlru, Replacement::kRandom);
  StructureCache cache(config);
  for (int step = 0; step < 100; ++step) {
    uint64_t address = 0;
    for (int level = 1; level <= 5; ++level)
      address |= *rc::gen::inRange<uint64_t>(0, 3) << (12 + 9 * (level - 1));
    const auto tag = *rc::gen::inRange<uint64_t>(1, 4);
    const StructureHit hit = cache.look_up(address, static_cast<ContextTag>(tag));
    if (hit.level != 0) RC_ASSERT(hit.table == place_of(address, hit.level, tag));
    const auto level = *rc::gen::inRange(1, 5);
    cache.insert(address, {level, place_of(address, level, tag), 0xf},
                 static_cast<ContextTag>(tag));
    const StructureHit again = cache.look_up(address, static_cast<ContextTag>(tag));
    RC_ASSERT(again.level >= 1);
    RC_ASSERT(again.level <= level);
  }
}

}  // namespace
}  // namespace nestwalk
