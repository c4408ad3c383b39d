// SPDX-License-Identifier: Apache-2.0
// How large an entry is where segments alone translate (spec 2.3, `l1_tlb.segment_entry`): misses
// counted by formulas, and what an invalidation drops of a larger one.
#include <gtest/gtest.h>

#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kPage = bytes(PageSize::k4K);
constexpr uint64_t kLarge = bytes(PageSize::k2M);
constexpr uint64_t kHuge = bytes(PageSize::k1G);
constexpr uint64_t kPagesOfALarge = kLarge / kPage;
constexpr uint64_t kGva = 0x00007f1280000000;  // 1 GiB aligned, as all that follow
constexpr uint64_t kGpa = 3 * kHuge;
constexpr uint64_t kShift = TestTables::kHostShift;

GuestSegment guest(uint64_t base, uint64_t limit, uint64_t offset = kGpa - kGva) {
  return GuestSegment(GuestVirtual(base), GuestVirtual(limit), offset);
}
VmmSegment vmm(uint64_t base, uint64_t limit, uint64_t offset = kShift) {
  return VmmSegment(GuestPhysical(base), GuestPhysical(limit), offset);
}

MmuConfig config_of(PageSize segment_entry) {
  MmuConfig config = bare_config();
  config.segment_entry = segment_entry;
  return config;
}

/// A machine in dual-direct mode; where its segments do not translate, nothing is mapped.
class SegmentEntry : public SystemCTest, public testing::WithParamInterface<Protocol> {
 protected:
  SegmentEntry() : tables(4, 4, NestedFormat::kEpt) {
    tables.map_guest_tables();
    tables.context.guest_segment = guest(kGva, kGva + 2 * kHuge);
    tables.context.vmm_segment = vmm(0, 6 * kHuge);
  }

  static uint64_t host(const MmuBench& bench, uint64_t gva) {
    const TranslationContext& context = bench.mmu.context();
    return gva + context.guest_segment.offset() +
           (context.virtualized ? context.vmm_segment.offset() : 0);
  }

  /// L1 misses of one access to each of so many pages, all of which segments translate.
  static uint64_t misses(MmuBench& bench, uint64_t first, uint64_t pages, uint64_t step = kPage) {
    const uint64_t before = bench.mmu.l1_tlb.statistics.data.misses;
    const uint64_t completed = bench.mmu.segment_unit.checker.statistics.completed;
    for (uint64_t gva = first; gva != first + pages * step; gva += step) {
      const TimedAnswer& answer = bench.access(gva + 0x123);
      EXPECT_EQ(answer.translation.address.value(), host(bench, gva + 0x123)) << std::hex << gva;
    }
    const uint64_t missed = bench.mmu.l1_tlb.statistics.data.misses - before;
    EXPECT_EQ(bench.mmu.segment_unit.checker.statistics.completed - completed, missed);
    return missed;
  }

  static TranslationSource source(MmuBench& bench, uint64_t gva) {
    return bench.access(gva).source;
  }

  TestTables tables;
};

TEST_P(SegmentEntry, APageOfItsSizeIsOneMissThatIsCompletedInItsTime) {
  constexpr uint64_t kPages = 4 * kPagesOfALarge;
  for (const PageSize size : {PageSize::k4K, PageSize::k2M, PageSize::k1G}) {
    SystemCContext inner;
    MmuConfig config = config_of(size);
    config.latency.segment_completion = 3;
    MmuBench bench(GetParam(), tables, config);
    uint64_t cycles = 0;
    for (uint64_t page = 0; page < kPages; ++page)
      cycles += bench.cycles_of(kGva + page * kPage, AccessKind::kWrite);
    const uint64_t expected = (kPages * kPage + bytes(size) - 1) / bytes(size);
    EXPECT_EQ(bench.mmu.l1_tlb.statistics.data.misses, expected);
    EXPECT_EQ(bench.mmu.l1_tlb.statistics.data.hits, kPages - expected);
    EXPECT_EQ(bench.mmu.segment_unit.checker.statistics.completed, expected);
    EXPECT_EQ(bench.mmu.walker.statistics.dirty_assists, 0U);
    EXPECT_EQ(cycles, 3 * expected);
  }
}

TEST_P(SegmentEntry, OfAGibibyteIsOneMissAGibibyte) {
  MmuBench bench(GetParam(), tables, config_of(PageSize::k1G));
  EXPECT_EQ(misses(bench, kGva, 2 * kHuge / kLarge, kLarge), 2U);
}

TEST_P(SegmentEntry, OfAFetchIsAsLarge) {
  MmuConfig config = config_of(PageSize::k2M);
  MmuBench bench(GetParam(), tables, config);
  for (uint64_t page = 0; page < 8; ++page) bench.access(kGva + page * kPage, AccessKind::kExecute);
  EXPECT_EQ(bench.mmu.l1_tlb.statistics.instruction.misses, 1U);
  EXPECT_EQ(bench.mmu.segment_unit.checker.statistics.completed_fetches, 1U);
}

TEST_P(SegmentEntry, IsNarrowedWhereThePageWouldPassTheGuestSegmentsEdge) {
  // Two 4K pages below the first whole 2M page, two whole ones, three 4K pages above.
  const uint64_t base = kGva + kLarge - 2 * kPage;
  const uint64_t limit = kGva + 3 * kLarge + 3 * kPage;
  tables.context.guest_segment = guest(base, limit);
  for (const PageSize size : {PageSize::k2M, PageSize::k1G}) {
    SystemCContext inner;
    MmuBench bench(GetParam(), tables, config_of(size));
    EXPECT_EQ(misses(bench, base, (limit - base) / kPage), 2U + 2U + 3U);
  }
}

TEST_P(SegmentEntry, IsNarrowedWhereThePageWouldPassTheVmmSegmentsEdge) {
  tables.context.vmm_segment = vmm(0, kGpa + kLarge + 5 * kPage);
  MmuBench bench(GetParam(), tables, config_of(PageSize::k2M));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge + 5), 1U + 5U);
}

TEST_P(SegmentEntry, IsNarrowedWhereAnOffsetIsNoMultipleOfItsSize) {
  constexpr uint64_t kPages = 2 * kPagesOfALarge;
  struct Case {
    uint64_t guest_more, vmm_more, misses;
  };
  for (const Case& one :
       {Case{kPage, 0, kPages}, Case{0, kPage, kPages}, Case{kPage, kLarge - kPage, kPages},
        Case{kLarge, 0, 2}, Case{0, kLarge, 2}, Case{0, kHuge, 1}}) {
    SystemCContext inner;
    tables.context.guest_segment = guest(kGva, kGva + kHuge, kGpa - kGva + one.guest_more);
    tables.context.vmm_segment = vmm(0, 6 * kHuge, kShift + one.vmm_more);
    MmuBench bench(GetParam(), tables, config_of(PageSize::k1G));
    EXPECT_EQ(misses(bench, kGva, kPages), one.misses) << one.guest_more << " " << one.vmm_more;
  }
}

TEST_P(SegmentEntry, IsNarrowedAroundAnEscapedPageAlone) {
  constexpr uint64_t kEscaped = kLarge + 37 * kPage;  // in the second of four 2M pages
  constexpr uint64_t kReplacement = uint64_t{1} << 40 | uint64_t{1} << 30;
  EscapeFilter filter(FilterConfig{});
  filter.insert((kGpa + kEscaped) / kPage);
  uint64_t positives = 0;
  for (uint64_t offset = 0; offset < 4 * kLarge; offset += kPage)
    positives += filter.contains((kGpa + offset) / kPage) ? 1 : 0;
  ASSERT_EQ(positives, 1U);
  tables.context.vmm_filter = &filter;
  tables.map_nested(kGpa + kEscaped, kReplacement);
  MmuBench bench(GetParam(), tables, config_of(PageSize::k2M));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  EXPECT_EQ(misses(bench, kGva + kLarge, 37), 37U);
  EXPECT_EQ(source(bench, kGva + kEscaped), TranslationSource::kWalk);
  EXPECT_EQ(bench.access(kGva + kEscaped + 8).translation.address.value(), kReplacement + 8);
  EXPECT_EQ(misses(bench, kGva + kEscaped + kPage, kPagesOfALarge - 38), kPagesOfALarge - 38);
  EXPECT_EQ(misses(bench, kGva + 2 * kLarge, 2 * kPagesOfALarge), 2U);
}

TEST_P(SegmentEntry, NativelyOneSegmentAndItsFilterDecide) {
  tables.make_native();
  EscapeFilter filter(FilterConfig{});
  filter.insert((kGva + kLarge) / kPage);
  tables.context.guest_filter = &filter;
  MmuBench bench(GetParam(), tables, config_of(PageSize::k1G));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  EXPECT_EQ(misses(bench, kGva + kLarge + kPage, 8), 8U);
  EXPECT_EQ(misses(bench, kGva + kHuge, 2 * kPagesOfALarge), 1U);
}

TEST_P(SegmentEntry, OfASizeThatTheL1TlbHasNotIsKeptAsThePieceThatWasUsed) {
  MmuConfig config = config_of(PageSize::k1G);
  config.l1_tlb.pages_1g = {0, 1};
  {
    SystemCContext inner;
    MmuBench bench(GetParam(), tables, config);
    EXPECT_EQ(misses(bench, kGva, 3 * kPagesOfALarge), 3U);
  }
  config.l1_tlb.pages_2m = {0, 1};
  MmuBench bench(GetParam(), tables, config);
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), kPagesOfALarge);
}

TEST_P(SegmentEntry, IsDroppedByInvlpgOfAnyAddressInIt) {
  MmuBench bench(GetParam(), tables, config_of(PageSize::k2M));
  EXPECT_EQ(misses(bench, kGva, 2 * kPagesOfALarge), 2U);
  bench.mmu.invlpg(GuestVirtual(kGva + kLarge - 1));
  EXPECT_EQ(source(bench, kGva + kLarge), TranslationSource::kL1Tlb);
  EXPECT_EQ(source(bench, kGva), TranslationSource::kSegments);
  EXPECT_EQ(source(bench, kGva + kLarge - kPage), TranslationSource::kL1Tlb);
}

TEST_P(SegmentEntry, IsDroppedByAWriteOfASegment) {
  constexpr uint64_t kInside = 10 * kPage;
  MmuBench bench(GetParam(), tables, config_of(PageSize::k2M));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  // Moved by a page: another map, of 4K pages.
  bench.mmu.write_guest_segment(guest(kGva, kGva + kHuge, kGpa - kGva + kPage));
  EXPECT_EQ(misses(bench, kGva, 3), 3U);
  bench.mmu.write_vmm_segment(vmm(0, 6 * kHuge, kShift + kHuge - kPage));
  EXPECT_EQ(misses(bench, kGva, 3), 3U);
  // Ends within the page: what lies past LIMIT faults, as nothing maps it.
  bench.mmu.write_guest_segment(guest(kGva, kGva + kHuge));
  bench.mmu.write_vmm_segment(vmm(0, 6 * kHuge));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  bench.mmu.write_guest_segment(guest(kGva, kGva + kInside));
  EXPECT_EQ(bench.access(kGva + kInside).fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(misses(bench, kGva, 10), 10U);
  bench.mmu.write_guest_segment(guest(kGva, kGva + kHuge));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  bench.mmu.write_vmm_segment(vmm(0, kGpa + kInside));
  EXPECT_EQ(bench.access(kGva + kInside).fault.kind, FaultKind::kEptViolation);
  EXPECT_EQ(misses(bench, kGva, 10), 10U);
}

TEST_P(SegmentEntry, IsDroppedWhenAPageInItEscapes) {
  constexpr uint64_t kReplacement = uint64_t{1} << 40 | uint64_t{1} << 30;
  tables.map_nested(kGpa + 5 * kPage, kReplacement);
  tables.map_guest(kGva + 6 * kPage, kGpa + kHuge);
  tables.map_guest_tables();
  MmuBench bench(GetParam(), tables, config_of(PageSize::k2M));
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  EscapeFilter host_pages(FilterConfig{});
  host_pages.insert(kGpa / kPage + 5);
  bench.mmu.write_vmm_filter(&host_pages);
  EXPECT_EQ(bench.access(kGva + 5 * kPage).translation.address.value(), kReplacement);
  EXPECT_EQ(misses(bench, kGva, 5), 5U);
  bench.mmu.write_vmm_filter(nullptr);
  EXPECT_EQ(misses(bench, kGva, kPagesOfALarge), 1U);
  EscapeFilter guest_pages(FilterConfig{});
  guest_pages.insert(kGva / kPage + 6);
  bench.mmu.write_guest_filter(&guest_pages);
  EXPECT_EQ(bench.access(kGva + 6 * kPage).translation.address.value(), kGpa + kHuge + kShift);
  EXPECT_EQ(misses(bench, kGva, 6), 6U);
}

INSTANTIATE_TEST_SUITE_P(Protocols, SegmentEntry,
                         testing::Values(Protocol::kBlocking, Protocol::kPhases),
                         [](const auto& protocol) {
                           return protocol.param == Protocol::kBlocking ? "Lt" : "At";
                         });

}  // namespace
}  // namespace nestwalk::test
