// SPDX-License-Identifier: Apache-2.0
// Arrays under random replacement draw independently, though one seed is behind all of them.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "model/walker/structure_cache_module.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// Inserts tables of a level one after the other; which of them it still knows at the end.
std::vector<bool> kept(StructureCache& cache, int level) {
  constexpr uint64_t kTables = 64;
  constexpr ContextTag kTag{1};
  const auto address = [level](uint64_t table) { return table << (12 + 9 * level); };
  for (uint64_t table = 0; table < kTables; ++table)
    cache.insert(address(table), {level, HostPhysical(table << 12), 0xf}, kTag);
  std::vector<bool> result;
  for (uint64_t table = 0; table < kTables; ++table)
    result.push_back(cache.look_up(address(table), kTag).level == level);
  return result;
}

TEST(RandomReplacement, StructureCachesDrawIndependently) {
  const SystemCContext context;
  StructureCacheConfig config;
  config.enabled = true;
  config.replacement = Replacement::kRandom;
  config.pde_entries = config.pde_ways = config.pdpte_entries = config.pml4e_entries = 16;
  const Clock clock;
  StructureCaches caches("structure_caches", config, config, LatencyTable{}, clock, 1);
  std::set<std::vector<bool>> all;
  for (const Dimension dimension : {Dimension::kGuest, Dimension::kNested})
    for (const int level : {3, 2, 1})  // the lowest one that is known answers
      EXPECT_TRUE(all.insert(kept(caches.cache(dimension), level)).second) << level;
}

}  // namespace
}  // namespace nestwalk::test
