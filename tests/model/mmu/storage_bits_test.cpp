// SPDX-License-Identifier: Apache-2.0
// The formulas of doc/mmu.md, written out.
#include "model/mmu/storage_bits.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

/// An MMU with nothing in it but one bit of filter without hash bits.
MmuConfig nothing() {
  MmuConfig config;
  config.l1_tlb = {{0, 1}, {0, 1}, {0, 1}, Replacement::kLru};
  config.instruction_tlb = config.l1_tlb;
  config.l2_tlb.entries = 0;
  config.nested_tlb.kind = NestedTlbKind::kNone;
  config.guest_structure_cache.enabled = false;
  config.nested_structure_cache.enabled = false;
  config.filter.bits = 1;
  config.filter.hashes = 1;
  return config;
}

StorageBits of(const MmuConfig& config, const TranslationWidths& widths = {}) {
  return storage_bits(config, widths);
}

// valid, PCID, VPID, global, rights, dirty, size of the guest's page
constexpr uint64_t kLinear = 1 + 12 + 16 + 1 + 6 + 1 + 2;
// valid, VPID, rights, dirty, size of the nested page
constexpr uint64_t kNested = 1 + 16 + 3 + 1 + 2;

TEST(StorageBits, OfAnEmptyMmuAreTheSegmentRegisters) {
  const StorageBits bits = of(nothing());
  EXPECT_EQ(bits.segments, 2 * 3 * 52u);
  EXPECT_EQ(bits.escape_filters, 1u);
  EXPECT_EQ(bits.total(), bits.segments + 1);
}

TEST(StorageBits, OfTheL1Tlb) {
  MmuConfig config = nothing();
  config.l1_tlb = {{64, 4}, {32, 4}, {4, 4}, Replacement::kLru};
  // 4K: gVA 47:12 less 4 index bits, frame 45:12; 2M: 47:21 less 3, 45:21; 1G: 47:30, 45:30.
  // Four ways can be in 24 orders: 5 bits a set.
  EXPECT_EQ(of(config).l1_tlb, 64 * (36 - 4 + 34 + kLinear) + 16 * 5 +
                                   32 * (27 - 3 + 25 + kLinear) + 8 * 5 + 4 * (18 + 16 + kLinear) +
                                   5);
  EXPECT_EQ(of(config).total() - of(nothing()).total(), of(config).l1_tlb);
  config.instruction_tlb = config.l1_tlb;
  EXPECT_EQ(of(config).instruction_tlb, of(config).l1_tlb);
}

TEST(StorageBits, FollowTheWidthsOfAddresses) {
  MmuConfig config = nothing();
  config.l1_tlb.pages_4k = {64, 4};
  const uint64_t bits = of(config, {4, 4, 46}).l1_tlb;
  EXPECT_EQ(of(config, {5, 4, 46}).l1_tlb, bits + 64 * 9);
  EXPECT_EQ(of(config, {4, 4, 52}).l1_tlb, bits + 64 * 6);
  EXPECT_EQ(of(config, {4, 5, 46}).l1_tlb, bits);
}

TEST(StorageBits, OfTheL2TlbSayWhatAnEntryIs) {
  MmuConfig config = nothing();
  config.l2_tlb.entries = 512;
  config.l2_tlb.ways = 4;
  const uint64_t bits = 512 * (36 - 7 + 34 + kLinear) + 128 * 5;
  EXPECT_EQ(of(config).l2_tlb, bits);
  config.nested_tlb.kind = NestedTlbKind::kShared;
  EXPECT_EQ(of(config).l2_tlb, bits + 512) << "gVA or gPA";
  EXPECT_EQ(of(config).nested_tlb, 0u);
  config.l2_tlb.holds_2m = true;
  EXPECT_EQ(of(config).l2_tlb, bits + 2 * 512) << "and 4K or 2M";
  config.l2_tlb.entries_1g = 16;
  // 16! orders: 44.25 bits.
  EXPECT_EQ(of(config).l2_tlb, bits + 2 * 512 + 16 * (18 + 16 + kLinear) + 45);
}

TEST(StorageBits, OfASharedL2TlbAreWideEnoughForGuestPhysicalAddresses) {
  MmuConfig config = nothing();
  config.l2_tlb.entries = 512;
  config.l2_tlb.ways = 4;
  const TranslationWidths widths{4, 5, 52};  // gVA 47:12, gPA 51:12
  const uint64_t bits = 512 * (36 - 7 + 40 + kLinear) + 128 * 5;
  EXPECT_EQ(of(config, widths).l2_tlb, bits);
  config.nested_tlb.kind = NestedTlbKind::kShared;
  EXPECT_EQ(of(config, widths).l2_tlb, bits + 512 * (1 + 4));
}

TEST(StorageBits, KeepAQuotientWhereSetsAreNoPowerOfTwo) {
  MmuConfig config = nothing();
  config.l2_tlb.entries = 1536;
  config.l2_tlb.ways = 4;
  EXPECT_EQ(of(config).l2_tlb, 1536 * (36 - 8 + 34 + kLinear) + 384 * 5);
}

TEST(StorageBits, OfReplacement) {
  MmuConfig config = nothing();
  config.l2_tlb.entries = 64;
  config.l2_tlb.ways = 8;
  const uint64_t entries = 64 * (36 - 3 + 34 + kLinear);
  EXPECT_EQ(of(config).l2_tlb, entries + 8 * 16) << "8! orders: 15.3 bits";
  config.l2_tlb.replacement = Replacement::kTreePlru;
  EXPECT_EQ(of(config).l2_tlb, entries + 8 * 7);
  config.l2_tlb.replacement = Replacement::kRandom;
  EXPECT_EQ(of(config).l2_tlb, entries);
}

TEST(StorageBits, OfADedicatedNestedTlb) {
  MmuConfig config = nothing();
  config.nested_tlb = {NestedTlbKind::kDedicated, 64, 4, Replacement::kLru};
  // gPA 45:12 less 4 index bits, frame 45:12.
  EXPECT_EQ(of(config).nested_tlb, 64 * (34 - 4 + 34 + kNested) + 16 * 5);
  // Four levels of nested tables reach 48 bits of a gPA of 52.
  EXPECT_EQ(of(config, {4, 4, 52}).nested_tlb, 64 * (36 - 4 + 40 + kNested) + 16 * 5);
  EXPECT_EQ(of(config, {4, 5, 52}).nested_tlb, 64 * (40 - 4 + 40 + kNested) + 16 * 5);
}

TEST(StorageBits, OfStructureCaches) {
  MmuConfig config = nothing();
  config.guest_structure_cache.enabled = true;
  // Pointer, valid, PCID, VPID, gathered rights, whether the table's page may be written.
  constexpr uint64_t kGuest = 34 + 1 + 12 + 16 + 4 + 1;
  // PDE 47:21 less 3 index bits; PDPTE 47:30; PML4E 47:39. 4! = 24 orders, 2! = 2.
  const uint64_t guest =
      32 * (27 - 3 + kGuest) + 8 * 5 + 4 * (18 + kGuest) + 5 + 2 * (9 + kGuest) + 1;
  EXPECT_EQ(of(config).structure_caches, guest);
  // With five levels each tag is nine bits longer, and there are PML5Es.
  EXPECT_EQ(of(config, {5, 4, 46}).structure_caches, guest + 38 * 9 + 2 * (9 + kGuest) + 1);

  config.guest_structure_cache.enabled = false;
  config.nested_structure_cache.enabled = true;
  constexpr uint64_t kNestedTable = 34 + 1 + 16 + 4;
  EXPECT_EQ(of(config).structure_caches, 32 * (25 - 3 + kNestedTable) + 8 * 5 +
                                             4 * (16 + kNestedTable) + 5 + 2 * (7 + kNestedTable) +
                                             1);
}

TEST(StorageBits, OfEscapeFiltersCountTheirHashes) {
  MmuConfig config = nothing();
  config.filter = FilterConfig();
  // 256 bits in 4 parts of 64: each hash has 6 rows of 52 bits.
  EXPECT_EQ(of(config).escape_filters, 256 + 4 * 6 * 52u);
  config.guest_filter = {1024, 2, false, 1};
  EXPECT_EQ(of(config).escape_filters, 256 + 4 * 6 * 52u);
  config.guest_filter_enabled = true;
  EXPECT_EQ(of(config).escape_filters, 256 + 4 * 6 * 52 + 1024 + 2 * 10 * 52u);
}

TEST(StorageBits, TotalIsAllOfThem) {
  const StorageBits bits = of(MmuConfig());
  EXPECT_EQ(bits.total(), bits.l1_tlb + bits.instruction_tlb + bits.l2_tlb + bits.nested_tlb +
                              bits.structure_caches + bits.segments + bits.escape_filters);
}

}  // namespace
}  // namespace nestwalk
