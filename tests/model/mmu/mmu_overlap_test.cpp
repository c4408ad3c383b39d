// SPDX-License-Identifier: Apache-2.0
// Several requests at once (AT): queueing, overlap, merging, backpressure, by tables of timed
// transactions.
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kL2Tlb = 7;
constexpr uint64_t kWalk = 400;  // native, 4 reads of 100
constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kPage = 4096;

struct Row {
  uint64_t issue;
  uint64_t expected_done;
  AccessKind kind;
  uint64_t gva;
};

class MmuOverlap : public SystemCTest {
 protected:
  MmuOverlap() : tables_(4, 4, NestedFormat::kEpt) {
    for (uint64_t page = 0; page < 16 * kPage; page += kPage)
      tables_.map_guest(kGva + page, kGpa + page);
    tables_.make_native();
  }

  static MmuConfig with_walkers(uint32_t walkers, uint32_t queue = 16) {
    MmuConfig config = bare_config();
    config.walker.count = walkers;
    config.walker.queue = queue;
    return config;
  }

  void expect(MmuBench& bench, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      TimedAccess access = MmuBench::translation(row.gva, row.kind);
      access.issue = row.issue;
      bench.initiator.access(access);
    }
    bench.run();
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(bench.initiator.answer(i).issued, rows[i].issue) << "row " << i;
      EXPECT_EQ(bench.initiator.answer(i).completed, rows[i].expected_done) << "row " << i;
    }
  }

  static constexpr AccessKind kRead = AccessKind::kRead;
  static constexpr AccessKind kWrite = AccessKind::kWrite;

  TestTables tables_;
};

TEST_F(MmuOverlap, OneWalkerTakesRequestsInTurn) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {0, kL2Tlb + 2 * kWalk, kRead, kGva + kPage},
                 {10, kL2Tlb + 3 * kWalk, kRead, kGva + 2 * kPage},
                 {2000, 2000 + kL2Tlb + kWalk, kRead, kGva + 3 * kPage}});
  const WalkStatistics& walks = bench.mmu.walker.statistics;
  EXPECT_EQ(walks.walks, 4U);
  EXPECT_EQ(walks.cycles, 4 * kWalk);  // waiting is no walking
  EXPECT_EQ(walks.wait.counts()[0], 2U);
}

TEST_F(MmuOverlap, WalkersOverlap) {
  for (const uint32_t walkers : {2U, 3U, 8U}) {
    SystemCContext inner;
    MmuBench bench(Protocol::kPhases, tables_, with_walkers(walkers));
    std::vector<Row> rows;
    for (uint64_t i = 0; i < 8; ++i)
      rows.push_back({0, kL2Tlb + (1 + i / walkers) * kWalk, kRead, kGva + i * kPage});
    expect(bench, rows);
  }
}

TEST_F(MmuOverlap, MissesOnOnePageShareAWalk) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {0, kL2Tlb + kWalk, kRead, kGva + 8},
                 {100, kL2Tlb + kWalk, kRead, kGva + 0xff8},
                 {408, 408, kRead, kGva + 16}});  // hits
  EXPECT_EQ(bench.mmu.walker.statistics.walks, 1U);
  EXPECT_EQ(bench.mmu.walker.statistics.merged, 2U);
  EXPECT_EQ(bench.initiator.answer(2).source, TranslationSource::kMerged);
  EXPECT_EQ(bench.initiator.answer(2).translation.address.value(), kGpa + 0xff8);
}

TEST_F(MmuOverlap, WhatIsInTheQueueSharesTheWalkOfItsPage) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {0, kL2Tlb + 2 * kWalk, kRead, kGva + kPage},
                 {0, kL2Tlb + 3 * kWalk, kRead, kGva + 2 * kPage},
                 {10, kL2Tlb + 2 * kWalk, kRead, kGva + kPage + 8}});
  EXPECT_EQ(bench.mmu.walker.statistics.walks, 3U);
  EXPECT_EQ(bench.mmu.walker.statistics.merged, 1U);
  EXPECT_EQ(bench.initiator.answer(3).source, TranslationSource::kMerged);
}

TEST_F(MmuOverlap, WithoutCoalescingEachMissWalks) {
  MmuConfig config = with_walkers(1);
  config.walker.coalesce = false;
  MmuBench bench(Protocol::kPhases, tables_, config);
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva}, {0, kL2Tlb + 2 * kWalk, kRead, kGva + 8}});
  EXPECT_EQ(bench.mmu.walker.statistics.merged, 0U);
}

TEST_F(MmuOverlap, AStoreDoesNotTakeTheAnswerOfALoad) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(2));
  // The load leaves D clear: the store must walk to set it.
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva}, {0, kL2Tlb + 2 * kWalk, kWrite, kGva + 8}});
  const uint64_t leaf = tables_.guest_entry_gpa(kGva, 1);
  EXPECT_TRUE(GuestEntry(bench.contents.read(HostPhysical(leaf))).dirty());
  EXPECT_EQ(bench.mmu.walker.statistics.merged, 0U);
}

TEST_F(MmuOverlap, StoresThatHitACleanEntryOfTheL2TlbSetItsDOnce) {
  MmuConfig config = with_walkers(1);
  config.l1_tlb.pages_4k = {1, 1};
  config.latency.dirty_assist = 50;
  MmuBench bench(Protocol::kPhases, tables_, config);
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {1000, 1000 + kL2Tlb + kWalk, kRead, kGva + kPage},  // takes the L1 TLB's entry
                 {2000, 2000 + kL2Tlb + 50, kWrite, kGva},
                 {2000, 2000 + kL2Tlb, kWrite, kGva + 8}});
  EXPECT_EQ(bench.mmu.walker.statistics.dirty_assists, 1U);
}

TEST_F(MmuOverlap, ARequestWithOtherRightsGetsItsOwnFault) {
  TestTables& tables = tables_;
  tables.word(tables.guest_entry_gpa(kGva, 1)) &= ~GuestEntry::Writable::kMask;
  MmuBench bench(Protocol::kPhases, tables, with_walkers(1));
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {0, kL2Tlb + 2 * kWalk, kWrite, kGva},
                 {0, kL2Tlb + kWalk, kRead, kGva}});
  EXPECT_FALSE(bench.initiator.answer(0).fault);
  EXPECT_EQ(bench.initiator.answer(1).fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(bench.initiator.answer(1).fault.code, 7U);  // present, write, user
  EXPECT_EQ(bench.initiator.answer(1).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_FALSE(bench.initiator.answer(2).fault);
}

TEST_F(MmuOverlap, AUserDoesNotTakeTheSupervisorsAnswer) {
  TestTables& tables = tables_;
  tables.word(tables.guest_entry_gpa(kGva, 1)) &= ~GuestEntry::User::kMask;
  MmuBench bench(Protocol::kPhases, tables, with_walkers(1));
  TimedAccess supervisor = MmuBench::translation(kGva);
  supervisor.user = false;
  bench.initiator.access(supervisor);
  bench.initiator.access(MmuBench::translation(kGva));
  bench.initiator.access(supervisor);
  bench.run();
  EXPECT_FALSE(bench.initiator.answer(0).fault);
  EXPECT_EQ(bench.initiator.answer(1).fault.code, 5U);  // present, user
  EXPECT_EQ(bench.initiator.answer(2).source, TranslationSource::kMerged);
}

TEST_F(MmuOverlap, AFaultIsNoOneElses) {
  TestTables& tables = tables_;
  tables.word(tables.guest_entry_gpa(kGva, 4)) = 0;  // faults at the first read
  MmuBench bench(Protocol::kPhases, tables, with_walkers(1));
  // The store joins the load's walk, and when that has failed queues for one of its own.
  expect(bench, {{0, kL2Tlb + 100, kRead, kGva},
                 {0, kL2Tlb + 300, kWrite, kGva},
                 {0, kL2Tlb + 200, kRead, kGva + kPage}});
  EXPECT_EQ(bench.initiator.answer(0).fault.code, 4U);  // user
  EXPECT_EQ(bench.initiator.answer(1).fault.code, 6U);  // user, write
}

TEST_F(MmuOverlap, AFullQueueHoldsTheL2TlbBack) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1, 1));
  for (uint64_t i = 0; i < 5; ++i) bench.initiator.access(MmuBench::translation(kGva + i * kPage));
  sc_core::sc_start(bench.clock.cycles(50));
  EXPECT_EQ(bench.mmu.walker.walking(), 1U);
  EXPECT_EQ(bench.mmu.walker.queued(), 2U);  // one in the queue, one owed its END_REQ
  EXPECT_EQ(bench.mmu.l2_tlb.in_flight(), 5U);
  bench.run();
  for (size_t i = 0; i < 5; ++i)
    EXPECT_EQ(bench.initiator.answer(i).completed, kL2Tlb + (i + 1) * kWalk);
}

TEST_F(MmuOverlap, WithoutAQueueAnIdleWalkerTakesTheRequest) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1, 0));
  expect(bench, {{0, kL2Tlb + kWalk, kRead, kGva},
                 {0, kL2Tlb + 2 * kWalk, kRead, kGva + kPage},
                 {0, kL2Tlb + 3 * kWalk, kRead, kGva + 2 * kPage}});
}

TEST_F(MmuOverlap, WalksShareTheSocketOfASlowMemory) {
  // END_REQ comes 5 cycles after BEGIN_REQ, the response 100 after that.
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(2), {5, 100});
  expect(bench,
         {{0, kL2Tlb + 4 * 105, kRead, kGva}, {0, kL2Tlb + 4 * 105 + 5, kRead, kGva + kPage}});
}

TEST_F(MmuOverlap, AHitOvertakesAMiss) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  bench.access(kGva);
  const uint64_t now = bench.now();
  TimedAccess miss = MmuBench::translation(kGva + kPage);
  TimedAccess hit = MmuBench::translation(kGva);
  miss.issue = now;
  hit.issue = now + 1;
  const size_t missed = bench.initiator.access(miss);
  const size_t had = bench.initiator.access(hit);
  bench.run();
  EXPECT_EQ(bench.initiator.answer(missed).completed, now + kL2Tlb + kWalk);
  EXPECT_EQ(bench.initiator.answer(had).completed, now + 1);
}

TEST_F(MmuOverlap, AHitWaitsForTheOlderStoreOfItsBytes) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  const uint64_t memory = 100;
  const uint64_t walked = kL2Tlb + kWalk;
  const auto ask = [&](uint64_t issue, AccessKind kind, uint64_t gva) {
    TimedAccess access;
    access.issue = issue;
    access.kind = kind;
    access.address = GuestVirtual(gva);
    access.data = 17;
    return bench.initiator.access(access);
  };
  const size_t first = ask(0, kRead, kGva);
  const size_t store = ask(0, kWrite, kGva);  // walks again, to set D
  const size_t others = ask(walked + 1, kRead, kGva + 8);
  const size_t same = ask(walked + 1, kRead, kGva + 4);
  bench.run();
  EXPECT_EQ(bench.initiator.answer(first).completed, walked + memory);
  EXPECT_EQ(bench.initiator.answer(store).completed, walked + kWalk + memory);
  EXPECT_EQ(bench.initiator.answer(others).completed, walked + 1 + memory);
  EXPECT_EQ(bench.initiator.answer(same).completed, walked + kWalk + memory);
  EXPECT_EQ(bench.initiator.answer(same).translation_cycles, 0U);  // a hit: it waits for data
}

TEST_F(MmuOverlap, AnAccessGoesOnWhenTheOlderOneOfItsBytesFaults) {
  tables_.word(tables_.guest_entry_gpa(kGva, 1)) &= ~GuestEntry::Writable::kMask;
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  bench.access(kGva);
  const uint64_t memory = 100;
  const uint64_t now = bench.now();
  TimedAccess store;
  store.issue = now;
  store.kind = kWrite;
  store.address = GuestVirtual(kGva);
  TimedAccess load = store;
  load.issue = now + 1;
  load.kind = kRead;
  const size_t stored = bench.initiator.access(store);
  const size_t loaded = bench.initiator.access(load);
  bench.run();
  EXPECT_EQ(bench.initiator.answer(stored).fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(bench.initiator.answer(stored).completed, now + kL2Tlb + kWalk);
  EXPECT_EQ(bench.initiator.answer(loaded).completed, now + kL2Tlb + kWalk + memory);
}

// ---- Changes while requests are in flight.

TEST_F(MmuOverlap, ARequestKeepsTheRegistersItEnteredWith) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  bench.initiator.access(MmuBench::translation(kGva));
  sc_core::sc_start(bench.clock.cycles(50));
  bench.mmu.write_guest_segment(
      GuestSegment(GuestVirtual(kGva), GuestVirtual(kGva + kPage), uint64_t{1} << 20));
  bench.run();
  EXPECT_EQ(bench.initiator.answer(0).translation.address.value(), kGpa);
  EXPECT_EQ(bench.initiator.answer(0).completed, kL2Tlb + kWalk);
  // It has left nothing behind.
  EXPECT_EQ(bench.access(kGva).translation.address.value(), kGva + (uint64_t{1} << 20));
}

// One that was sent with a delay looks up after others that entered later.
TEST_F(MmuOverlap, ADelayedRequestTakesNothingThatALaterOneLeft) {
  for (const uint32_t l1_entries : {64U, 0U}) {  // 0: what the L2 TLB holds
    SystemCContext inner;
    MmuConfig config = with_walkers(1);
    config.l1_tlb.pages_4k = {l1_entries, 4};
    MmuBench bench(Protocol::kPhases, tables_, config);
    TimedAccess delayed = MmuBench::translation(kGva);
    delayed.annotated = 2000;
    bench.initiator.access(delayed);
    sc_core::sc_start(bench.clock.cycles(10));
    // Another process under the same PCID, whose one page lies elsewhere.
    GuestPaging other = bench.mmu.context().guest;
    other.root = GuestPhysical(uint64_t{1} << 33);
    uint64_t table = other.root.value();
    for (int level = 4; level > 0; --level) {
      const uint64_t next = level == 1 ? kGpa * 2 : table + kPage;
      bench.contents.write(HostPhysical(table + entry_offset(kGva, level)), next | 7);
      table = next;
    }
    bench.mmu.load_process(other, Pcid{0}, {}, nullptr, false);
    TimedAccess later = MmuBench::translation(kGva);
    later.issue = 20;
    bench.initiator.access(later);
    bench.run();
    EXPECT_EQ(bench.initiator.answer(1).translation.address.value(), kGpa * 2);
    EXPECT_EQ(bench.initiator.answer(0).translation.address.value(), kGpa);
  }
}

TEST_F(MmuOverlap, ARequestLeavesNothingPastAnInvalidation) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  bench.initiator.access(MmuBench::translation(kGva));
  sc_core::sc_start(bench.clock.cycles(kL2Tlb + kWalk - 1));  // all is read
  TestTables changed = tables_;
  const uint64_t leaf = changed.guest_entry_gpa(kGva, 1);
  changed.word(leaf) = GuestEntry(changed.word(leaf)).set_address(GuestPhysical(kGpa * 2)).word();
  bench.store(changed);
  bench.mmu.invlpg(GuestVirtual(kGva));
  bench.run();
  EXPECT_EQ(bench.access(kGva).translation.address.value(), kGpa * 2);
}

TEST_F(MmuOverlap, ARequestIsNotMergedAcrossAnInvalidation) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1));
  bench.initiator.access(MmuBench::translation(kGva));
  sc_core::sc_start(bench.clock.cycles(50));
  bench.mmu.invlpg(GuestVirtual(kGva));
  TimedAccess again = MmuBench::translation(kGva);
  again.issue = 60;
  bench.initiator.access(again);
  bench.run();
  EXPECT_EQ(bench.initiator.answer(1).source, TranslationSource::kWalk);
  EXPECT_EQ(bench.initiator.answer(1).completed, kL2Tlb + 2 * kWalk);
}

// The MMU's sockets take both kinds; a memory that waits lets one kind in while the other is
// inside.
TEST_F(MmuOverlap, ABlockingRequestKeepsNoPhasedOneWaiting) {
  MmuBench bench(Protocol::kPhases, tables_, with_walkers(1), {0, 100, false, true});
  bool done = false;
  sc_core::sc_spawn([&] {
    uint64_t data = 0;
    TranslationExtension extension;
    extension.translate_only = true;
    PersistentPayload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(kGva);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(sizeof data);
    payload.set_streaming_width(sizeof data);
    payload.set_extension(&extension);
    sc_core::sc_time delay;
    bench.initiator.socket->b_transport(payload, delay);
    EXPECT_EQ(extension.translation.address.value(), kGpa);
    done = true;
  });
  TimedAccess phased = MmuBench::translation(kGva);
  phased.issue = 50;
  bench.initiator.access(phased);
  bench.run();
  EXPECT_TRUE(done);
  EXPECT_EQ(bench.initiator.answer(0).translation.address.value(), kGpa);
}

}  // namespace
}  // namespace nestwalk::test
