// SPDX-License-Identifier: Apache-2.0
#include "model/mmu/storage_bits.h"

#include <algorithm>
#include <cmath>

#include "model/address/page_size.h"
#include "model/filter/h3.h"

namespace nestwalk {
namespace {

constexpr uint64_t kValid = 1;
constexpr uint64_t kPcid = 12;   // Intel SDM vol. 3, 4.10.1
constexpr uint64_t kVpid = 16;   // Intel SDM vol. 3, 29.1
constexpr uint64_t kGlobal = 1;  // hits under any PCID
constexpr uint64_t kRights = 6;  // {read, write, execute} x {supervisor, user}
constexpr uint64_t kNestedRights = 3;
constexpr uint64_t kDirty = 1;
constexpr uint64_t kCutFrom = 2;   // page size that the entry is a piece of: INVLPG drops all of it
constexpr uint64_t kPageSize = 1;  // 4K or 2M in one array
constexpr uint64_t kDimension = 1;  // gVA or gPA in one array
constexpr uint64_t kGatheredRights = 4;
constexpr uint64_t kTableWritable = 1;  // of a guest table's page, in the nested dimension

constexpr uint64_t kPageOffset = 12;
constexpr uint64_t kIndexBits = 9;  // of a table
constexpr uint64_t kSegmentLevels = 2;
constexpr uint64_t kSegmentRegisters = 3;
constexpr uint64_t kRegisterBits = 64 - kPageOffset;  // page aligned (spec 2.1)

/// Bits of an address that `levels` tables translate.
uint64_t reach(int levels) {
  return kPageOffset + kIndexBits * static_cast<uint64_t>(levels);
}

uint64_t floor_log2(uint64_t value) {
  return 63 - static_cast<uint64_t>(__builtin_clzll(value));
}

/// State by which a set of so many ways chooses a victim; random takes none.
uint64_t replacement_bits(Replacement replacement, uint32_t ways) {
  switch (replacement) {
    case Replacement::kLru: {
      double orders = 0;  // log2 of how many orders the ways can be in
      for (uint32_t way = 2; way <= ways; ++way) orders += std::log2(way);
      return static_cast<uint64_t>(std::ceil(orders));
    }
    case Replacement::kTreePlru:
      return ways - 1;
    case Replacement::kRandom:
      return 0;
  }
  return 0;
}

/// An array whose entries keep `number` bits of an address, less those that the set tells, and
/// `rest` bits beside.
uint64_t array_bits(uint32_t entries, uint32_t ways, Replacement replacement, uint64_t number,
                    uint64_t rest) {
  if (entries == 0) return 0;
  const uint64_t sets = entries / ways;
  // Sets that are no power of two leave a quotient to keep, whose bits round up.
  const uint64_t tag = number - std::min(number, floor_log2(sets));
  return entries * (tag + rest) + sets * replacement_bits(replacement, ways);
}

/// The sums for one MMU.
class Storage {
 public:
  explicit Storage(const TranslationWidths& widths)
      : guest_levels_(widths.guest_levels),
        nested_levels_(widths.nested_levels),
        linear_(reach(widths.guest_levels)),
        physical_(static_cast<uint64_t>(widths.physical_bits)),
        guest_physical_(std::min(reach(widths.nested_levels), physical_)) {}

  uint64_t l1_tlb(const L1TlbConfig& config) const {
    const auto array = [&](const TlbGeometry& geometry, PageSize size) {
      return tlb_array(geometry.entries, geometry.ways, config.replacement, linear_, size, 0);
    };
    return array(config.pages_4k, PageSize::k4K) + array(config.pages_2m, PageSize::k2M) +
           array(config.pages_1g, PageSize::k1G);
  }

  uint64_t l2_tlb(const L2TlbConfig& config, bool holds_nested) const {
    const uint64_t kind = (config.holds_2m ? kPageSize : 0) + (holds_nested ? kDimension : 0);
    const uint64_t reach = holds_nested ? std::max(linear_, guest_physical_) : linear_;
    return tlb_array(config.entries, config.ways, config.replacement, reach, PageSize::k4K, kind) +
           tlb_array(config.entries_1g, config.entries_1g, Replacement::kLru, linear_,
                     PageSize::k1G, 0);
  }

  uint64_t nested_tlb(const NestedTlbConfig& config) const {
    if (config.kind != NestedTlbKind::kDedicated) return 0;
    return array_bits(config.entries, config.ways, config.replacement,
                      guest_physical_ - kPageOffset,
                      kValid + kVpid + kNestedRights + kDirty + kCutFrom + table_pointer());
  }

  uint64_t guest_structure_cache(const StructureCacheConfig& config) const {
    return structure_cache(config, linear_, guest_levels_,
                           kValid + kPcid + kVpid + kGatheredRights + kTableWritable);
  }
  uint64_t nested_structure_cache(const StructureCacheConfig& config) const {
    return structure_cache(config, guest_physical_, nested_levels_,
                           kValid + kVpid + kGatheredRights);
  }

 private:
  uint64_t table_pointer() const { return physical_ - kPageOffset; }

  uint64_t tlb_array(uint32_t entries, uint32_t ways, Replacement replacement, uint64_t reach,
                     PageSize size, uint64_t kind) const {
    const auto offset = static_cast<uint64_t>(shift(size));
    return array_bits(
        entries, ways, replacement, reach - offset,
        kind + kValid + kPcid + kVpid + kGlobal + kRights + kDirty + kCutFrom + physical_ - offset);
  }

  /// An array for each level of table that something points to: of the root none is kept.
  uint64_t structure_cache(const StructureCacheConfig& config, uint64_t address, int levels,
                           uint64_t rest) const {
    if (!config.enabled) return 0;
    const auto array = [&](int level, uint32_t entries, uint32_t ways) {
      if (level >= levels) return uint64_t{0};
      const uint64_t below = reach(level);
      return array_bits(entries, ways, config.replacement, address - std::min(address, below),
                        rest + table_pointer());
    };
    return array(1, config.pde_entries, config.pde_ways) +
           array(2, config.pdpte_entries, config.pdpte_entries) +
           array(3, config.pml4e_entries, config.pml4e_entries) +
           array(4, config.pml5e_entries, config.pml5e_entries);
  }

  int guest_levels_;
  int nested_levels_;
  uint64_t linear_;          ///< Bits of a gVA.
  uint64_t physical_;        ///< Of an hPA.
  uint64_t guest_physical_;  ///< Of a gPA that can be translated.
};

/// The bit array, and the rows of the hashes: which they are is a parameter (spec 2.4).
uint64_t filter_bits(const FilterConfig& config) {
  const uint64_t indexed = config.partitioned ? config.bits / config.hashes : config.bits;
  return config.bits + config.hashes * floor_log2(indexed) * uint64_t{H3::kKeyBits};
}

}  // namespace

StorageBits storage_bits(const MmuConfig& config, const TranslationWidths& widths) {
  const Storage storage(widths);
  StorageBits bits;
  bits.l1_tlb = storage.l1_tlb(config.l1_tlb);
  bits.instruction_tlb = storage.l1_tlb(config.instruction_tlb);
  bits.l2_tlb = storage.l2_tlb(config.l2_tlb, config.nested_tlb.kind == NestedTlbKind::kShared);
  bits.nested_tlb = storage.nested_tlb(config.nested_tlb);
  bits.structure_caches = storage.guest_structure_cache(config.guest_structure_cache) +
                          storage.nested_structure_cache(config.nested_structure_cache);
  bits.segments = kSegmentLevels * kSegmentRegisters * kRegisterBits;
  bits.escape_filters = filter_bits(config.filter);
  if (config.guest_filter_enabled) bits.escape_filters += filter_bits(config.guest_filter);
  return bits;
}

}  // namespace nestwalk
