// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/array/set_associative.h"
#include "model/context/context_tag.h"
#include "model/translation/structure_hit.h"

namespace nestwalk {

/// Paging-structure caches of one dimension; entries by what they hold.
struct StructureCacheConfig {
  bool enabled = true;
  uint32_t pml5e_entries = 2;
  uint32_t pml4e_entries = 2;
  uint32_t pdpte_entries = 4;
  uint32_t pde_entries = 32;
  uint32_t pde_ways = 4;  ///< The other arrays are fully associative.
  Replacement replacement = Replacement::kLru;
};

/// The paging-structure caches of one dimension: for each table level 1 to 4 the pointer to the
/// table, tagged by the address bits that lead to it and the context (Intel SDM vol. 3, 4.10.3).
/// In the guest dimension the pointer is nested-translated (spec 2.5).
class StructureCache {
 public:
  explicit StructureCache(const StructureCacheConfig& config, uint64_t seed = 1);

  /// Whether the arrays for the two lowest levels are (SetAssociative).
  bool is_usual() const {
    for (int level = 1; level <= kOftenUsed; ++level)
      if (const auto& array = arrays_[static_cast<size_t>(level - 1)]; array && !array->is_usual())
        return false;
    return true;
  }

  /// The lowest table that is known for the address (gVA or gPA as a number).
  template <bool usual = false>
  StructureHit look_up(uint64_t address, ContextTag tag);
  template <bool usual = false>
  void insert(uint64_t address, const StructureHit& table, ContextTag tag);
  /// The same for what a look-up has just not found.
  template <bool usual = false>
  void insert_absent(uint64_t address, const StructureHit& table, ContextTag tag);

  /// Drops entries by tag; `dead(ContextTag)`. Returns how many.
  template <class Predicate>
  uint64_t invalidate_if(Predicate dead) {
    uint64_t dropped = 0;
    for (auto& array : arrays_)
      if (array)
        dropped += array->erase_if([&](const Array::Entry& e) { return dead(tag(e.key)); });
    return dropped;
  }

 private:
  static constexpr int kLevels = 4;
  static constexpr int kOftenUsed = 2;  ///< Levels, from the lowest.

  /// Where a table lies and the rights above it, in one word: a table is 4K-aligned.
  struct Table {
    uint64_t word = 0;

    static Table of(const StructureHit& hit) { return {hit.table.value() | hit.rights}; }
    StructureHit at(int level) const {
      return {level, HostPhysical(word & ~kRightsMask), static_cast<uint8_t>(word & kRightsMask)};
    }
    static constexpr uint64_t kRightsMask = 0xff;
  };
  using Array = SetAssociative<Table>;

  template <int level, bool usual>
  StructureHit look_up_from(uint64_t address, ContextTag tag);

  /// Address bits 56 down to those that a table of `level` translates: 36 at most.
  static uint64_t prefix(uint64_t address, int level) {
    return address << 7 >> (7 + 12 + 9 * level);
  }
  static uint64_t key(uint64_t prefix, ContextTag tag) {
    return prefix << 16 | static_cast<uint64_t>(tag);
  }
  static ContextTag tag(uint64_t key) { return static_cast<ContextTag>(key & 0xffff); }

  std::array<std::optional<Array>, kLevels> arrays_;  ///< By level of the table, less one.
};

// Inline, for the walks that ask it.

template <int level, bool usual>
inline StructureHit StructureCache::look_up_from(uint64_t address, ContextTag tag) {
  if constexpr (level <= kLevels) {
    auto& array = arrays_[static_cast<size_t>(level - 1)];
    if (array) {
      const uint64_t bits = prefix(address, level);
      constexpr bool kKnownShape = usual && level <= kOftenUsed;
      const Array::Entry* const entry = array->find<kKnownShape>(bits, key(bits, tag));
      if (entry != nullptr) return entry->at(level);
    }
    return look_up_from<level + 1, usual>(address, tag);
  } else {
    return {};
  }
}

template <bool usual>
inline StructureHit StructureCache::look_up(uint64_t address, ContextTag tag) {
  return look_up_from<1, usual>(address, tag);
}

template <bool usual>
inline void StructureCache::insert(uint64_t address, const StructureHit& table, ContextTag tag) {
  auto& array = arrays_[static_cast<size_t>(table.level - 1)];
  if (!array) return;
  const uint64_t bits = prefix(address, table.level);
  if (usual && table.level <= kOftenUsed)
    array->insert<true>(bits, key(bits, tag), Table::of(table));
  else
    array->insert(bits, key(bits, tag), Table::of(table));
}

template <bool usual>
inline void StructureCache::insert_absent(uint64_t address, const StructureHit& table,
                                          ContextTag tag) {
  auto& array = arrays_[static_cast<size_t>(table.level - 1)];
  if (!array) return;
  const uint64_t bits = prefix(address, table.level);
  if (usual && table.level <= kOftenUsed)
    array->insert_absent<true>(array->set<true>(bits), key(bits, tag), Table::of(table));
  else
    array->insert_absent(array->set(bits), key(bits, tag), Table::of(table));
}

}  // namespace nestwalk
