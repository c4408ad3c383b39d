// SPDX-License-Identifier: Apache-2.0
// Changes at run time that random histories meet too seldom to be sure of.
#include <gtest/gtest.h>

#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kPage = 4096;

class MmuChanges : public SystemCTest {
 protected:
  MmuChanges() : tables_(4, 4, NestedFormat::kEpt) {
    tables_.map_guest(kGva, kGpa);
    tables_.make_native();
  }

  static const TimedAnswer& access(MmuBench& bench, AccessKind kind, bool user) {
    TimedAccess access = MmuBench::translation(kGva, kind);
    access.issue = bench.now();
    access.user = user;
    const size_t number = bench.initiator.access(access);
    bench.run();
    return bench.initiator.answer(number);
  }

  static void load(MmuBench& bench, const GuestPaging& paging) {
    const TranslationContext& context = bench.mmu.context();
    bench.mmu.load_process(paging, context.pcid, context.guest_segment, nullptr, true);
  }

  uint64_t& leaf() { return tables_.word(tables_.guest_entry_gpa(kGva, 1)); }

  TestTables tables_;
};

TEST_F(MmuChanges, AWriteThatWpAllowedEndsWithIt) {
  leaf() &= ~GuestEntry::Writable::kMask;
  tables_.context.guest.write_protect = false;
  MmuBench bench(Protocol::kBlocking, tables_, MmuConfig{});
  EXPECT_FALSE(access(bench, AccessKind::kWrite, false).fault);
  GuestPaging paging = tables_.context.guest;
  paging.write_protect = true;
  load(bench, paging);
  EXPECT_EQ(access(bench, AccessKind::kWrite, false).fault.code, 3U);  // present, write
  paging.write_protect = false;
  load(bench, paging);
  EXPECT_EQ(access(bench, AccessKind::kWrite, false).source, TranslationSource::kL1Tlb);
}

TEST_F(MmuChanges, SmapAndSmepEndASupervisorsUseOfUserPages) {
  MmuBench bench(Protocol::kBlocking, tables_, MmuConfig{});
  EXPECT_FALSE(access(bench, AccessKind::kRead, false).fault);
  EXPECT_FALSE(access(bench, AccessKind::kExecute, false).fault);
  GuestPaging paging = tables_.context.guest;
  paging.smap = true;
  paging.smep = true;
  load(bench, paging);
  EXPECT_EQ(access(bench, AccessKind::kRead, false).fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(access(bench, AccessKind::kExecute, false).fault.kind, FaultKind::kGuestPage);
  EXPECT_FALSE(access(bench, AccessKind::kRead, true).fault);
}

TEST_F(MmuChanges, AGlobalEntryDoesNotHideAnotherProcessesSegment) {
  leaf() |= GuestEntry::Global::kMask;
  MmuBench bench(Protocol::kBlocking, tables_, MmuConfig{});
  EXPECT_EQ(access(bench, AccessKind::kRead, true).translation.address.value(), kGpa);
  const uint64_t elsewhere = uint64_t{1} << 35;
  const GuestSegment segment(GuestVirtual(kGva), GuestVirtual(kGva + kPage), elsewhere - kGva);
  bench.mmu.load_process(tables_.context.guest, Pcid{2}, segment, nullptr, true);
  EXPECT_EQ(access(bench, AccessKind::kRead, true).translation.address.value(), elsewhere);
  bench.mmu.load_process(tables_.context.guest, Pcid{3}, {}, nullptr, true);
  EXPECT_EQ(access(bench, AccessKind::kRead, true).source, TranslationSource::kL1Tlb);
  EXPECT_EQ(access(bench, AccessKind::kRead, true).translation.address.value(), kGpa);
}

/// Under a segment elsewhere a global page's entry is the process's own.
TEST_F(MmuChanges, InvlpgOfAGlobalPageReachesEntriesMadeUnderASegment) {
  leaf() |= GuestEntry::Global::kMask;
  MmuBench bench(Protocol::kBlocking, tables_, MmuConfig{});
  const GuestSegment elsewhere(GuestVirtual(kGva + kPage), GuestVirtual(kGva + 2 * kPage), 0);
  bench.mmu.load_process(tables_.context.guest, Pcid{2}, elsewhere, nullptr, true);
  EXPECT_EQ(access(bench, AccessKind::kRead, true).source, TranslationSource::kWalk);
  bench.mmu.load_process(tables_.context.guest, Pcid{3}, {}, nullptr, true);
  bench.mmu.invlpg(GuestVirtual(kGva));
  bench.mmu.load_process(tables_.context.guest, Pcid{2}, elsewhere, nullptr, true);
  EXPECT_EQ(access(bench, AccessKind::kRead, true).source, TranslationSource::kWalk);
}

}  // namespace
}  // namespace nestwalk::test
