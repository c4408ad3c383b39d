// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/mmu/mmu_config.h"
#include "tests/support/random.h"

namespace nestwalk::test {

/// MMUs so small that everything is evicted soon, of every make.
class RandomMmuConfig {
 public:
  explicit RandomMmuConfig(Random& random) : random_(random) {}

  MmuConfig draw() {
    MmuConfig config;
    config.l1_tlb = l1();
    config.instruction_tlb = l1();
    config.segment_entry = static_cast<PageSize>(random_.below(kPageSizes));
    config.l2_tlb = l2();
    config.guest_structure_cache = structure_cache();
    config.nested_structure_cache = structure_cache();
    config.nested_tlb.kind = static_cast<NestedTlbKind>(random_.below(3));
    config.nested_tlb.ways = power(3);
    config.nested_tlb.entries = config.nested_tlb.ways * (1 + count(3));
    config.nested_tlb.replacement = replacement();
    if (random_.chance(40)) config.nested_tlb.fill = NestedTlbFill::kTables;
    config.walker.count = 1 + count(4);
    config.walker.queue = count(5);
    config.walker.coalesce = random_.chance(70);
    config.latency = latency();
    config.seed = random_.word();
    return config;
  }

 private:
  uint32_t count(uint32_t limit) { return static_cast<uint32_t>(random_.below(limit)); }
  uint32_t power(uint32_t exponents) { return uint32_t{1} << count(exponents); }
  Replacement replacement() { return static_cast<Replacement>(random_.below(3)); }

  TlbGeometry geometry(bool may_be_absent) {
    if (may_be_absent && random_.chance(30)) return {0, 1};
    const uint32_t ways = power(3);
    return {ways * (1 + count(3)), ways};
  }
  L1TlbConfig l1() {
    return {geometry(random_.chance(10)), geometry(true), geometry(true), replacement()};
  }
  L2TlbConfig l2() {
    const TlbGeometry geometry_4k = geometry(false);
    L2TlbConfig config;
    config.entries = 2 * geometry_4k.entries;
    config.ways = geometry_4k.ways;
    config.holds_2m = random_.chance(50);
    config.entries_1g = count(3);
    config.replacement = replacement();
    return config;
  }
  StructureCacheConfig structure_cache() {
    StructureCacheConfig config;
    config.enabled = random_.chance(75);
    const auto entries = [this] { return random_.chance(20) ? 0 : power(3); };
    config.pml5e_entries = entries();
    config.pml4e_entries = entries();
    config.pdpte_entries = entries();
    config.pde_ways = power(2);
    config.pde_entries = random_.chance(20) ? 0 : config.pde_ways * (1 + count(3));
    config.replacement = replacement();
    return config;
  }
  LatencyTable latency() {
    LatencyTable table;
    table.l2_tlb = count(9);
    table.segment_completion = count(3);
    table.segment_check = count(4);
    table.structure_cache = count(3);
    table.nested_tlb = count(9);
    table.ad_update = count(3);
    table.dirty_assist = count(4);
    return table;
  }

  Random& random_;
};

}  // namespace nestwalk::test
