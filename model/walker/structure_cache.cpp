// SPDX-License-Identifier: Apache-2.0
#include "model/walker/structure_cache.h"

namespace nestwalk {

StructureCache::StructureCache(const StructureCacheConfig& config, uint64_t seed) {
  const auto make = [&](int level, uint32_t entries, uint32_t ways) {
    if (entries != 0)
      arrays_[static_cast<size_t>(level - 1)].emplace(entries, ways, config.replacement,
                                                      seed + static_cast<uint64_t>(level));
  };
  make(1, config.pde_entries, config.pde_ways);
  make(2, config.pdpte_entries, config.pdpte_entries);
  make(3, config.pml4e_entries, config.pml4e_entries);
  make(4, config.pml5e_entries, config.pml5e_entries);
}

StructureHit StructureCache::look_up(uint64_t address, ContextTag tag) {
  for (int level = 1; level <= kLevels; ++level) {
    auto& array = arrays_[static_cast<size_t>(level - 1)];
    if (!array) continue;
    const uint64_t bits = prefix(address, level);
    if (const Array::Entry* entry = array->find(bits, key(bits, tag)))
      return {level, entry->table, entry->rights};
  }
  return {};
}

void StructureCache::insert(uint64_t address, const StructureHit& table, ContextTag tag) {
  auto& array = arrays_[static_cast<size_t>(table.level - 1)];
  if (!array) return;
  const uint64_t bits = prefix(address, table.level);
  Table kept;
  kept.table = table.table;
  kept.rights = table.rights;
  array->insert(bits, key(bits, tag), kept);
}

}  // namespace nestwalk
