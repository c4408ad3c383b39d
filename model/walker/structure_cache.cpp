// SPDX-License-Identifier: Apache-2.0
#include "model/walker/structure_cache.h"

#include "model/random/split_mix.h"

namespace nestwalk {

StructureCache::StructureCache(const StructureCacheConfig& config, uint64_t seed) {
  if (!config.enabled) return;  // its arrays then need not be possible
  const auto make = [&](int level, uint32_t entries, uint32_t ways) {
    if (entries != 0)
      arrays_[static_cast<size_t>(level - 1)].emplace(
          entries, ways, config.replacement, seed_of_part(seed, static_cast<uint64_t>(level)));
  };
  make(1, config.pde_entries, config.pde_ways);
  make(2, config.pdpte_entries, config.pdpte_entries);
  make(3, config.pml4e_entries, config.pml4e_entries);
  make(4, config.pml5e_entries, config.pml5e_entries);
}

}  // namespace nestwalk
