// SPDX-License-Identifier: Apache-2.0
// What `nested_tlb.fill` leaves in the nested TLB, shared or dedicated, and what it costs, by
// formulas.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kRead = 100;  // cycles of a table read
constexpr uint64_t kL2Tlb = 7;
constexpr uint64_t kNestedTlb = 7;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kPages = 16;
constexpr uint64_t kPage = 4096;
constexpr uint64_t kTables = 4;  // of the guest: all pages are under one page table

/// Consecutive 4K pages under both dimensions' tables.
TestTables make_tables() {
  TestTables tables(4, 4, NestedFormat::kEpt);
  for (uint64_t page = 0; page < kPages * kPage; page += kPage) {
    tables.map_guest(kGva + page, kGpa + page);
    tables.map_nested(kGpa + page, kGpa + page + TestTables::kHostShift);
  }
  tables.map_guest_tables();
  return tables;
}

class NestedTlbFilled : public SystemCTest,
                        public testing::WithParamInterface<std::tuple<NestedTlbKind, Protocol>> {
 protected:
  static MmuConfig config(NestedTlbFill fill) {
    MmuConfig config = bare_config();
    config.nested_tlb.kind = std::get<NestedTlbKind>(GetParam());
    config.nested_tlb.fill = fill;
    return config;
  }
  static Protocol protocol() { return std::get<Protocol>(GetParam()); }

  static const HitStatistics& look_ups(MmuBench& bench) {
    return bench.mmu.nested_tlb ? bench.mmu.nested_tlb->statistics
                                : bench.mmu.l2_tlb.statistics.nested;
  }
};

TEST_P(NestedTlbFilled, TheDataCostsItsNestedWalkAgainUnlessItIsKept) {
  for (const auto& [fill, data] : {std::pair{NestedTlbFill::kAll, uint64_t{0}},
                                   std::pair{NestedTlbFill::kTables, 4 * kRead}}) {
    SystemCContext inner;
    MmuBench bench(protocol(), make_tables(), config(fill));
    const uint64_t look_ups = kL2Tlb + 5 * kNestedTlb;
    EXPECT_EQ(bench.cycles_of(kGva), look_ups + 24 * kRead);
    bench.mmu.invlpg(GuestVirtual(kGva));  // drops no nested translation
    EXPECT_EQ(bench.cycles_of(kGva), look_ups + 4 * kRead + data);
    EXPECT_EQ(bench.cycles_of(kGva + kPage), look_ups + 4 * kRead + 4 * kRead);
  }
}

TEST_P(NestedTlbFilled, EveryWalkHitsForItsTablesAndAllHitForDataThatIsKept) {
  for (const auto& [fill, kept] :
       {std::pair{NestedTlbFill::kAll, kPages}, std::pair{NestedTlbFill::kTables, uint64_t{0}}}) {
    SystemCContext inner;
    MmuBench bench(protocol(), make_tables(), config(fill));
    for (int round = 0; round < 2; ++round)
      for (uint64_t page = 0; page < kPages * kPage; page += kPage) {
        bench.access(kGva + page);
        bench.mmu.invlpg(GuestVirtual(kGva + page));
      }
    const uint64_t asked = 2 * kPages * (kTables + 1);
    const uint64_t missed = kTables + 2 * kPages - kept;
    EXPECT_EQ(look_ups(bench).hits, asked - missed);
    EXPECT_EQ(look_ups(bench).misses, missed);
    if (bench.mmu.nested_tlb) continue;
    const auto& entries = bench.mmu.l2_tlb.tlb().array().entries();
    EXPECT_EQ(std::count_if(entries.begin(), entries.end(),
                            [](const auto& entry) { return TlbKey::is_nested(entry.key); }),
              static_cast<std::ptrdiff_t>(kTables + kept));
  }
}

std::string name_of(const testing::TestParamInfo<std::tuple<NestedTlbKind, Protocol>>& info) {
  return std::string(std::get<NestedTlbKind>(info.param) == NestedTlbKind::kShared ? "Shared"
                                                                                   : "Dedicated") +
         (std::get<Protocol>(info.param) == Protocol::kBlocking ? "Lt" : "At");
}

INSTANTIATE_TEST_SUITE_P(Kinds, NestedTlbFilled,
                         testing::Combine(testing::Values(NestedTlbKind::kShared,
                                                          NestedTlbKind::kDedicated),
                                          testing::Values(Protocol::kBlocking, Protocol::kPhases)),
                         name_of);

}  // namespace
}  // namespace nestwalk::test
