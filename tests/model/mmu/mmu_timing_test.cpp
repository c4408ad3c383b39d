// SPDX-License-Identifier: Apache-2.0
// Exact cycles of single translations, by formulas, LT and AT alike.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kRead = 100;  // cycles of a table read
constexpr uint64_t kCheck = 1;
constexpr uint64_t kL2Tlb = 7;
constexpr uint64_t kStructure = 1;
constexpr uint64_t kNestedTlb = 7;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kPages = 64;
constexpr uint64_t kPage = 4096;

struct Mode {
  const char* name;
  bool virtualized;
  bool guest_segment;
  bool vmm_segment;
};

constexpr Mode kModes[] = {
    {"Native", false, false, false},         {"NativeDirect", false, true, false},
    {"BaseVirtualized", true, false, false}, {"DualDirect", true, true, true},
    {"VmmDirect", true, false, true},        {"GuestDirect", true, true, false},
};

/// 64 consecutive 4K pages under both dimensions' tables of so many levels, all mapped.
TestTables make_tables(const Mode& mode, int levels = 4) {
  TestTables tables(levels, levels, NestedFormat::kEpt);
  for (uint64_t page = 0; page < kPages * kPage; page += kPage) {
    tables.map_guest(kGva + page, kGpa + page);
    tables.map_nested(kGpa + page, kGpa + page + TestTables::kHostShift);
  }
  tables.map_guest_tables();
  if (!mode.virtualized) tables.make_native();
  if (mode.guest_segment)
    tables.context.guest_segment =
        GuestSegment(GuestVirtual(kGva), GuestVirtual(kGva + kPages * kPage), kGpa - kGva);
  if (mode.vmm_segment)
    tables.context.vmm_segment =
        VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{8} << 30), TestTables::kHostShift);
  return tables;
}

class MmuTiming : public SystemCTest,
                  public testing::WithParamInterface<std::tuple<Mode, Protocol>> {
 protected:
  static Mode mode() { return std::get<Mode>(GetParam()); }
  static Protocol protocol() { return std::get<Protocol>(GetParam()); }
  static uint64_t host(uint64_t gva) {
    return gva - kGva + kGpa + (mode().virtualized ? TestTables::kHostShift : 0);
  }

  /// Spec 2.3 with g and h levels to walk, as cycles past the L2 TLB.
  static uint64_t closed_form(uint64_t g, uint64_t h) {
    if (!mode().virtualized) return g * kRead;
    if (mode().vmm_segment) return g * kRead + (g + 1) * kCheck;
    if (mode().guest_segment) return h * kRead + kCheck;
    return ((g + 1) * (h + 1) - 1) * kRead;
  }
  static bool segments_complete() {
    return mode().guest_segment && (mode().vmm_segment || !mode().virtualized);
  }
};

TEST_P(MmuTiming, WalksCostTheClosedForms) {
  for (const int levels : {4, 5}) {
    SystemCContext inner;
    MmuBench bench(protocol(), make_tables(mode(), levels), bare_config());
    const auto depth = static_cast<uint64_t>(levels);
    const uint64_t expected = segments_complete() ? 0 : kL2Tlb + closed_form(depth, depth);
    EXPECT_EQ(bench.cycles_of(kGva), expected);
    EXPECT_EQ(bench.access(kGva + 8).translation.address.value(), host(kGva + 8));
    EXPECT_EQ(bench.mmu.walker.statistics.cycles,
              segments_complete() ? 0 : closed_form(depth, depth));
  }
}

TEST_P(MmuTiming, AnL1HitIsFreeAndAnL2HitCostsItsLookUp) {
  MmuConfig config = bare_config();
  config.l1_tlb.pages_4k = {1, 1};
  MmuBench bench(protocol(), make_tables(mode()), config);
  bench.access(kGva);
  EXPECT_EQ(bench.cycles_of(kGva + 16), 0U);
  bench.access(kGva + kPage);  // evicts the only L1 entry
  EXPECT_EQ(bench.cycles_of(kGva), segments_complete() ? 0 : kL2Tlb);
  const HitStatistics& l2 = bench.mmu.l2_tlb.statistics.data;
  EXPECT_EQ(l2.hits, segments_complete() ? 0U : 1U);
  EXPECT_EQ(l2.misses, segments_complete() ? 0U : 2U);
}

TEST_P(MmuTiming, HelperStructuresShortenTheSecondWalk) {
  MmuBench bench(protocol(), make_tables(mode()), MmuConfig{});
  uint64_t cold = 0;
  uint64_t warm = 0;
  const uint64_t nested_look_ups = kNestedTlb + kStructure;
  if (!mode().virtualized) {
    cold = kStructure + 4 * kRead;
    warm = kStructure + kRead;
  } else if (mode().vmm_segment) {
    cold = kStructure + 4 * (kCheck + kRead) + kCheck;
    warm = kStructure + kRead + kCheck;  // the cached pointer needs no check
  } else if (mode().guest_segment) {
    cold = kCheck + nested_look_ups + 4 * kRead;
    warm = kCheck + nested_look_ups + kRead;
  } else {
    // The root's nested walk reads 4 entries; those of the tables after it one, under the PDE that
    // is cached by then; that of the data 3, under the PML4E.
    const uint64_t nested_reads = 4 + 1 + 1 + 1 + 3;
    cold = kStructure + 5 * nested_look_ups + (nested_reads + 4) * kRead;
    warm = kStructure + kRead + nested_look_ups + kRead;
  }
  EXPECT_EQ(bench.cycles_of(kGva), segments_complete() ? 0 : kL2Tlb + cold);
  EXPECT_EQ(bench.cycles_of(kGva + kPage), segments_complete() ? 0 : kL2Tlb + warm);
}

TEST_P(MmuTiming, TheOtherLatenciesAddTheirOwn) {
  MmuConfig config = bare_config();
  config.latency.l2_tlb = 9;
  config.latency.segment_check = 3;
  config.latency.segment_completion = 2;
  config.latency.ad_update = 5;
  config.latency.dirty_assist = 11;
  MmuBench bench(protocol(), make_tables(mode()), config);
  // Entries whose A is set: the guest's, and for each gPA the nested tables', each but once. D
  // comes with A except where a load finds a leaf of the data.
  uint64_t guest_marks = mode().guest_segment ? 0 : 4;
  uint64_t nested_marks = 0;
  if (mode().virtualized && !mode().vmm_segment)
    nested_marks = mode().guest_segment ? 4 : 4 + 1 + 1 + 1 + 3;
  const uint64_t checks = mode().vmm_segment ? 5 : mode().guest_segment ? 1 : 0;
  const uint64_t walk =
      closed_form(4, 4) + checks * (3 - kCheck) + 5 * (guest_marks + nested_marks);
  EXPECT_EQ(bench.cycles_of(kGva), segments_complete() ? 2 : 9 + walk);
  // What segments complete has D; what was loaded by a walk has none in the paged dimensions.
  EXPECT_EQ(bench.cycles_of(kGva, AccessKind::kWrite), segments_complete() ? 0U : 11U);
  EXPECT_EQ(bench.cycles_of(kGva, AccessKind::kWrite), 0U);
  EXPECT_EQ(bench.mmu.walker.statistics.dirty_assists, segments_complete() ? 0U : 1U);
}

TEST_P(MmuTiming, AStoreThatHitsTheL2TlbSetsDToo) {
  MmuConfig config = bare_config();
  config.l1_tlb.pages_4k = {1, 1};
  config.latency.dirty_assist = 11;
  const TestTables tables = make_tables(mode());
  MmuBench bench(protocol(), tables, config);
  bench.access(kGva);
  bench.access(kGva + kPage);
  EXPECT_EQ(bench.cycles_of(kGva, AccessKind::kWrite), segments_complete() ? 0 : kL2Tlb + 11);
  EXPECT_EQ(bench.cycles_of(kGva, AccessKind::kWrite), 0U);
  if (segments_complete()) return;
  const auto marked = [&](uint64_t entry, uint64_t bit) {
    return (bench.contents.read(HostPhysical(entry)) & bit) != 0;
  };
  TestTables same = tables;
  const uint64_t shift = mode().virtualized ? TestTables::kHostShift : 0;
  if (!mode().guest_segment) {
    EXPECT_TRUE(marked(same.guest_entry_gpa(kGva, 1) + shift, GuestEntry::Dirty::kMask));
    EXPECT_FALSE(marked(same.guest_entry_gpa(kGva + kPage, 1) + shift, GuestEntry::Dirty::kMask));
  }
}

TEST_P(MmuTiming, AnAccessGoesOnToMemoryAfterItsTranslation) {
  MmuBench bench(protocol(), make_tables(mode()), bare_config());
  bench.contents.write(HostPhysical(host(kGva + 0x40)), 0x1122334455667788);
  TimedAccess access;
  access.address = GuestVirtual(kGva + 0x40);
  const size_t number = bench.initiator.access(access);
  bench.run();
  const TimedAnswer& answer = bench.initiator.answer(number);
  const uint64_t translation = segments_complete() ? 0 : kL2Tlb + closed_form(4, 4);
  EXPECT_EQ(answer.translation_cycles, translation);
  EXPECT_EQ(answer.completed, translation + kRead);
  EXPECT_EQ(answer.data, 0x1122334455667788U);
  EXPECT_EQ(answer.status, tlm::TLM_OK_RESPONSE);
}

/// Whether memory annotates its time or waits within b_transport, a walk takes what it takes.
TEST_P(MmuTiming, AWaitOfMemoryIsTimeOfTheWalk) {
  MmuBench bench(protocol(), make_tables(mode()), bare_config(), {0, kRead, false, true});
  const uint64_t walk = segments_complete() ? 0 : closed_form(4, 4);
  TimedAccess access;
  access.issue = 1000;
  access.address = GuestVirtual(kGva);
  const size_t number = bench.initiator.access(access);
  bench.run();
  const TimedAnswer& answer = bench.initiator.answer(number);
  const uint64_t translation = segments_complete() ? 0 : kL2Tlb + walk;
  EXPECT_EQ(answer.translation_cycles, translation);
  EXPECT_EQ(answer.completed, 1000 + translation + kRead);
  EXPECT_EQ(bench.mmu.walker.statistics.cycles, walk);
}

std::string name_of(const testing::TestParamInfo<std::tuple<Mode, Protocol>>& info) {
  return std::string(std::get<Mode>(info.param).name) +
         (std::get<Protocol>(info.param) == Protocol::kBlocking ? "Lt" : "At");
}

INSTANTIATE_TEST_SUITE_P(AllModes, MmuTiming,
                         testing::Combine(testing::ValuesIn(kModes),
                                          testing::Values(Protocol::kBlocking, Protocol::kPhases)),
                         name_of);

}  // namespace
}  // namespace nestwalk::test
