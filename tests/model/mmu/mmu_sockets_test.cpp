// SPDX-License-Identifier: Apache-2.0
// What the MMU's sockets promise beside timing: DMI, debug transport, refusals, errors.
#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/support/leaks_not_ours.h"
#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kHpa = kGpa + TestTables::kHostShift;
constexpr uint64_t kPage = 4096;

class MmuSockets : public SystemCTest, public testing::WithParamInterface<Protocol> {
 protected:
  MmuSockets() : tables_(4, 4, NestedFormat::kEpt) {
    for (uint64_t page = 0; page < 4 * kPage; page += kPage) {
      tables_.map_guest(kGva + page, kGpa + 2 * page);  // not contiguous
      tables_.map_nested(kGpa + 2 * page, kHpa + 2 * page);
    }
    tables_.map_guest_tables();
  }

  void make(const MmuConfig& config = bare_config(), const LatencyMemoryConfig& memory = {0, 100}) {
    bench_ = std::make_unique<MmuBench>(GetParam(), tables_, config, memory);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  InitiatorSocket& socket() { return bench_->initiator.socket; }

  bool grant(uint64_t gva, tlm::tlm_dmi& dmi, tlm::tlm_command command = tlm::TLM_READ_COMMAND) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(gva);
    return socket()->get_direct_mem_ptr(payload, dmi);
  }

  /// An access of 8 bytes with an extension of the test's own.
  static void prepare(PersistentPayload& payload, tlm::tlm_command command, uint64_t address,
                      uint64_t& data, TranslationExtension& extension) {
    payload.acquire();
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(sizeof data);
    payload.set_streaming_width(sizeof data);
    payload.set_extension(&extension);
  }

  const TimedAnswer& ask(TimedAccess access) {
    access.issue = bench_->now();
    const size_t number = bench_->initiator.access(access);
    bench_->run();
    return bench_->initiator.answer(number);
  }

  void expect_untouched() {
    EXPECT_EQ(bench_->mmu.l1_tlb.statistics.data.hits, 0U);
    EXPECT_EQ(bench_->mmu.l1_tlb.statistics.data.misses, 0U);
    EXPECT_EQ(bench_->mmu.l2_tlb.statistics.data.misses, 0U);
    EXPECT_EQ(bench_->mmu.walker.statistics.walks, 0U);
    for (const L1Tlb::Array::Entry& entry :
         bench_->mmu.l1_tlb.tlb(AccessKind::kRead).array(PageSize::k4K)->entries())
      EXPECT_EQ(entry.key, 0U);
    tables_.for_each_word([this](HostPhysical address, uint64_t word) {
      EXPECT_EQ(bench_->contents.read(address), word) << "A or D was set";
    });
  }

  TestTables tables_;
  std::unique_ptr<MmuBench> bench_;
};

TEST_P(MmuSockets, DebugTransportCrossesPagesAndLeavesNoTrace) {
  make();
  uint64_t written[2] = {0x1111111111111111, 0x2222222222222222};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(kGva + kPage - 8);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(written));
  payload.set_data_length(sizeof written);
  EXPECT_EQ(socket()->transport_dbg(payload), sizeof written);
  EXPECT_EQ(payload.get_address(), kGva + kPage - 8);
  EXPECT_EQ(bench_->contents.read(HostPhysical(kHpa + kPage - 8)), written[0]);
  EXPECT_EQ(bench_->contents.read(HostPhysical(kHpa + 2 * kPage)), written[1]);
  expect_untouched();
}

TEST_P(MmuSockets, DebugTransportStopsWhereNothingIsMapped) {
  make();
  unsigned char data[24] = {};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(kGva + 4 * kPage - 10);
  payload.set_data_ptr(data);
  payload.set_data_length(sizeof data);
  EXPECT_EQ(socket()->transport_dbg(payload), 10U);
  expect_untouched();
}

TEST_P(MmuSockets, ADebuggerSeesUserPagesUnderSmap) {
  tables_.context.guest.smap = true;
  make();
  unsigned char data[8] = {};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(kGva);
  payload.set_data_ptr(data);
  payload.set_data_length(sizeof data);
  EXPECT_EQ(socket()->transport_dbg(payload), sizeof data);
}

TEST_P(MmuSockets, AGrantIsCutToThePage) {
  make();
  bench_->access(kGva + kPage);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(grant(kGva + kPage + 0x123, dmi));
  EXPECT_EQ(dmi.get_start_address(), kGva + kPage);
  EXPECT_EQ(dmi.get_end_address(), kGva + 2 * kPage - 1);
  EXPECT_EQ(dmi.get_dmi_ptr(), bench_->contents.data(HostPhysical(kHpa + 2 * kPage)));
  EXPECT_TRUE(dmi.is_read_allowed());
  EXPECT_FALSE(grant(kGva + 4 * kPage, dmi)) << "not mapped";
}

TEST_P(MmuSockets, AGrantIsOfWhatFindsAAndDSet) {
  make();
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(grant(kGva, dmi)) << "a load through it would not set A";
  expect_untouched();
  bench_->access(kGva);
  EXPECT_TRUE(grant(kGva, dmi));
  EXPECT_FALSE(dmi.is_write_allowed()) << "a store through it would not set D";
  EXPECT_FALSE(grant(kGva, dmi, tlm::TLM_WRITE_COMMAND));
  bench_->access(kGva, AccessKind::kWrite);
  EXPECT_TRUE(grant(kGva, dmi, tlm::TLM_WRITE_COMMAND));
  EXPECT_TRUE(dmi.is_read_write_allowed());
}

// Whoever uses a grant is not asked who it is.
TEST_P(MmuSockets, AGrantIsOfWhatUserAndSupervisorMayDo) {
  tables_.guest_word(kGva + kPage, 1) &= ~GuestEntry::User::kMask;
  tables_.context.guest.smap = true;
  make();
  TimedAccess kernels = MmuBench::translation(kGva + kPage);
  kernels.user = false;
  EXPECT_FALSE(ask(kernels).fault);
  EXPECT_FALSE(bench_->access(kGva).fault);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(grant(kGva + kPage, dmi)) << "a user may not read it";
  EXPECT_FALSE(grant(kGva, dmi)) << "under SMAP a supervisor may not";
  tables_.context.guest.smap = false;
  bench_->mmu.load_vm(tables_.context);
  EXPECT_TRUE(grant(kGva, dmi));
}

TEST_P(MmuSockets, GrantsAreWithdrawnAtEveryChange) {
  make();
  bench_->access(kGva);
  const auto withdrawn_by = [&](auto change) {
    tlm::tlm_dmi dmi;
    EXPECT_TRUE(grant(kGva, dmi));
    const uint64_t before = bench_->initiator.grants_withdrawn();
    change(bench_->mmu);
    return bench_->initiator.grants_withdrawn() > before;
  };
  const TranslationContext context = bench_->mmu.context();
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.invlpg(GuestVirtual(kGva)); }));
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.invpcid_all(); }));
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.invvpid_all(); }));
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.invept_all(); }));
  EXPECT_TRUE(withdrawn_by([&](Mmu& mmu) { mmu.load_vm(context); }));
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.write_vmm_filter(nullptr); }));
  EXPECT_TRUE(withdrawn_by([](Mmu& mmu) { mmu.write_guest_segment({}); }));
  EXPECT_TRUE(withdrawn_by([this](Mmu&) { bench_->memory.withdraw_grants(); }));
}

TEST_P(MmuSockets, AnAccessThatCrossesAPageIsRefused) {
  make();
  TimedAccess access;
  access.address = GuestVirtual(kGva + kPage - 4);
  const TimedAnswer& refused = ask(access);
  EXPECT_EQ(refused.status, tlm::TLM_BURST_ERROR_RESPONSE);
  access.length = 4;
  EXPECT_EQ(ask(access).status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(bench_->mmu.l1_tlb.statistics.data.misses, 1U);
}

TEST_P(MmuSockets, AStreamingAccessTouchesItsStreamingWidthAlone) {
  make();
  TranslationExtension extension;
  extension.translate_only = true;
  PersistentPayload payload;
  uint64_t data[2] = {};
  prepare(payload, tlm::TLM_READ_COMMAND, kGva + kPage - 8, data[0], extension);
  payload.set_data_length(sizeof data);
  const auto status = [&](unsigned width) {
    payload.set_streaming_width(width);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    socket()->b_transport(payload, delay);
    return payload.get_response_status();
  };
  EXPECT_EQ(status(8), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(status(16), tlm::TLM_BURST_ERROR_RESPONSE);
}

// One payload and extension for many accesses: a write among them leaves no write behind.
TEST_P(MmuSockets, WhatAnInitiatorAsksStaysItsOwn) {
  make();
  TranslationExtension extension;
  PersistentPayload payload;
  uint64_t data = 0;
  prepare(payload, tlm::TLM_WRITE_COMMAND, kGva, data, extension);
  sc_core::sc_time delay;
  socket()->b_transport(payload, delay);
  EXPECT_TRUE(extension.translation.dirty);
  EXPECT_EQ(extension.access.kind, AccessKind::kRead);
  payload.set_read();
  payload.set_address(kGva + kPage);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_dmi_allowed(false);
  socket()->b_transport(payload, delay);
  EXPECT_FALSE(extension.translation.dirty) << "a read was taken for a write";
}

TEST_P(MmuSockets, ARefusedAccessHasNoFaultOfAnotherOne) {
  make();
  TranslationExtension extension;
  extension.fault.kind = FaultKind::kGuestPage;
  PersistentPayload payload;
  uint64_t data = 0;
  prepare(payload, tlm::TLM_READ_COMMAND, kGva + kPage - 4, data, extension);
  if (GetParam() == Protocol::kBlocking) {
    sc_core::sc_time delay;
    socket()->b_transport(payload, delay);
  } else {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    EXPECT_EQ(socket()->nb_transport_fw(payload, phase, delay), tlm::TLM_COMPLETED);
  }
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_FALSE(extension.fault);
}

TEST_P(MmuSockets, RegistersThatNoHardwareHasAreRefused) {
  make();
  const TranslationContext before = bench_->mmu.context();
  const auto expect_refused = [&](auto change) {
    TranslationContext context = before;
    change(context);
    EXPECT_THROW(bench_->mmu.load_vm(context), std::invalid_argument);
  };
  expect_refused([](TranslationContext& context) { context.guest.levels = 3; });
  expect_refused([](TranslationContext& context) { context.nested.levels = 6; });
  expect_refused([](TranslationContext& context) { context.guest.maxphyaddr = 35; });
  expect_refused([](TranslationContext& context) { context.nested.maxphyaddr = 53; });
  EXPECT_FALSE(bench_->access(kGva).fault);
}

// As software writes them: CR3 with a PCID, an EPTP with its memory type and walk length.
TEST_P(MmuSockets, TheLowBitsOfRootsAreNoPartOfThem) {
  make();
  TranslationContext context = bench_->mmu.context();
  context.guest.root = context.guest.root + 3;
  context.nested.root = context.nested.root + 0x5e;
  bench_->mmu.load_vm(context);
  EXPECT_EQ(bench_->access(kGva).translation.address.value(), kHpa);
  bench_->mmu.invept_single(context.nested.root);
  EXPECT_EQ(bench_->access(kGva).source, TranslationSource::kWalk);
}

TEST_P(MmuSockets, DataWithoutMemoryIsAnAddressError) {
  const uint64_t beyond = uint64_t{1} << 42;
  tables_.map_nested(kGpa, beyond);
  make();
  TimedAccess access;
  access.address = GuestVirtual(kGva);
  const TimedAnswer& answer = ask(access);
  EXPECT_EQ(answer.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_FALSE(answer.fault);
  EXPECT_EQ(answer.translation.address.value(), beyond);
}

TEST_P(MmuSockets, ATableWithoutMemoryIsNotPresent) {
  tables_.map_nested(tables_.guest_entry_gpa(kGva, 1) & ~uint64_t{0xfff}, uint64_t{1} << 42);
  make();
  const TimedAnswer& answer = bench_->access(kGva);
  EXPECT_EQ(answer.fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(answer.fault.code, 4U);
  EXPECT_EQ(answer.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(bench_->mmu.walker.statistics.walks, 0U);
  EXPECT_EQ(bench_->mmu.walker.statistics.guest_faults, 1U);
}

TEST_P(MmuSockets, OfAWalkThatFaultsTheFaultAloneIsCounted) {
  make();
  EXPECT_TRUE(bench_->access(kGva + 4 * kPage).fault);
  const WalkStatistics& counts = bench_->mmu.walker.statistics;
  EXPECT_EQ(counts.guest_faults, 1U);
  const WalkStatistics none;
  EXPECT_EQ(counts.memory_references, 0U);
  EXPECT_EQ(counts.served_by, none.served_by);
  EXPECT_EQ(counts.references, none.references);
  EXPECT_EQ(counts.wait.counts(), none.wait.counts());
  EXPECT_EQ(counts.service.counts(), none.service.counts());
}

TEST_P(MmuSockets, WithoutAnExtensionTheCommandSaysWhatTheAccessIs) {
  tables_.guest_word(kGva, 1) &= ~GuestEntry::Writable::kMask;
  make();
  TimedAccess access;
  access.address = GuestVirtual(kGva);
  access.with_extension = false;
  EXPECT_EQ(ask(access).status, tlm::TLM_OK_RESPONSE);
  access.kind = AccessKind::kWrite;
  EXPECT_EQ(ask(access).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

// A platform that attaches the extension to read the answer need not repeat the command.
TEST_P(MmuSockets, AWriteIsOneWhateverTheExtensionSays) {
  tables_.guest_word(kGva, 1) &= ~GuestEntry::Writable::kMask;
  make();
  const auto write = [&](uint64_t address) {
    TranslationExtension extension;
    PersistentPayload payload;
    uint64_t data = 0;
    prepare(payload, tlm::TLM_WRITE_COMMAND, address, data, extension);
    sc_core::sc_time delay;
    socket()->b_transport(payload, delay);
    return payload.get_response_status();
  };
  EXPECT_EQ(write(kGva), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(write(kGva + kPage), tlm::TLM_OK_RESPONSE);
  tlm::tlm_dmi dmi;
  EXPECT_TRUE(grant(kGva + kPage, dmi, tlm::TLM_WRITE_COMMAND)) << "D is set";
}

// The MMU may leave nothing on a payload that its initiator uses again.
TEST_P(MmuSockets, TakesItsOwnExtensionBack) {
  make();
  unsigned left = 0;
  TimedAccess access;
  access.address = GuestVirtual(kGva);
  access.with_extension = false;
  bench_->initiator.on_answer = [&](size_t number) {
    if (bench_->initiator.has_extension(number)) ++left;
  };
  ask(access);
  EXPECT_EQ(left, 0U);
}

// Bits 63:57 are in no TLB key.
TEST_P(MmuSockets, AnAddressThatIsNotCanonicalHitsNothing) {
  make();
  bench_->access(kGva);
  EXPECT_EQ(bench_->access(kGva | uint64_t{1} << 60).fault.kind, FaultKind::kNotCanonical);
  bench_->mmu.l1_tlb.tlb(AccessKind::kRead).invalidate_if([](const auto&) { return true; });
  EXPECT_EQ(bench_->access(kGva | uint64_t{1} << 60).fault.kind, FaultKind::kNotCanonical);
  EXPECT_EQ(bench_->access(kGva).source, TranslationSource::kL2Tlb);
}

TEST_P(MmuSockets, SwitchesBeyondAllTagsEmptyTheTlbs) {
  make();
  bench_->access(kGva);
  TranslationContext context = bench_->mmu.context();
  for (uint32_t i = 0; i < 23000; ++i) {
    context.nested.root = HostPhysical((uint64_t{1} << 40) + (uint64_t{i} << 13));
    bench_->mmu.load_nested_root(context.nested.root);
  }
  for (const auto* entries :
       {&bench_->mmu.l1_tlb.tlb(AccessKind::kRead).array(PageSize::k4K)->entries(),
        &bench_->mmu.l2_tlb.tlb().array().entries()})
    for (const auto& entry : *entries) EXPECT_EQ(entry.key, 0U);
  bench_->mmu.load_nested_root(tables_.context.nested.root);
  EXPECT_EQ(bench_->access(kGva).translation.address.value(), kHpa);
}

// An L1 hit knows of its page what the walk knew.
TEST_P(MmuSockets, AHitAnswersAsTheWalkDid) {
  TestTables tables(4, 4, NestedFormat::kEpt);
  tables.map_guest(kGva, kGpa, PageSize::k2M);
  tables.map_nested(kGpa, kHpa);
  tables.map_guest_tables();
  tables.guest_word(kGva, 2) |= GuestEntry::Global::kMask;
  MmuBench bench(GetParam(), tables, bare_config(), {0, 100});
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const Translation walked = bench.access(kGva).translation;
  const TimedAnswer hit = bench.access(kGva);
  ASSERT_EQ(hit.source, TranslationSource::kL1Tlb);
  EXPECT_TRUE(walked.global);
  EXPECT_EQ(walked.guest_page, PageSize::k2M);
  EXPECT_EQ(hit.translation.global, walked.global);
  EXPECT_EQ(hit.translation.guest_page, walked.guest_page);
}

TEST_P(MmuSockets, ALookUpWithoutItsExtensionIsRefused) {
  MmuConfig config;
  config.nested_tlb.kind = NestedTlbKind::kDedicated;
  make(config);
  Mmu& mmu = bench_->mmu;
  for (InitiatorSocket* socket :
       {&mmu.walker.segments, &mmu.walker.structures, &mmu.walker.nested_tlb}) {
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay;
    (*socket)->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
  }
}

/// A memory as simple sockets make one: it answers accesses, and knows nothing else.
class SimpleMemory : public sc_core::sc_module {
 public:
  SimpleMemory(const sc_core::sc_module_name& name, PhysicalMemory& contents)
      : sc_core::sc_module(name), contents_(contents) {
    socket.register_b_transport(this, &SimpleMemory::read);
  }
  tlm_utils::simple_target_socket<SimpleMemory, 64> socket{"socket"};

  std::function<void(tlm::tlm_generic_payload&)> on_read;  ///< Instead of a read, if set.

 private:
  void read(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    if (on_read) return on_read(payload);
    std::memcpy(payload.get_data_ptr(), contents_.data(HostPhysical(payload.get_address())),
                payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  PhysicalMemory& contents_;
  [[maybe_unused]] LeaksNotOurs leaks_;
};

/// An MMU whose tables are in such a memory, with native tables whose A is clear.
class SimplePlatform {
 public:
  SimplePlatform(Protocol protocol, TestTables& tables) : initiator("initiator", protocol, clock) {
    tables.make_native();
    tables.for_each_word(
        [this](HostPhysical address, uint64_t word) { contents.write(address, word); });
    initiator.socket.bind(mmu.cpu());
    mmu.tables().bind(memory.socket);
    mmu.load_vm(tables.context);
  }

  const TimedAnswer& translate(uint64_t gva) {
    TimedAccess access = MmuBench::translation(gva);
    access.issue = clock.count(sc_core::sc_time_stamp());
    const size_t number = initiator.access(access);
    sc_core::sc_start();
    return initiator.answer(number);
  }

  Clock clock;
  PhysicalMemory contents{uint64_t{1} << 41};
  SimpleMemory memory{"memory", contents};
  Mmu mmu{"mmu", bare_config(), clock};
  TestInitiator initiator;
};

TEST_P(MmuSockets, TablesWhereAAndDCannotBeSetAreReported) {
  constexpr int kEntries = 4;  // whose A is clear
  SimplePlatform platform(GetParam(), tables_);
  for (int i = 0; i < kEntries; ++i) systemc.expect_report("A and D cannot be set");
  EXPECT_EQ(platform.translate(kGva).translation.address.value(), kGpa);
}

// What a read that failed leaves in the data is nobody's.
TEST_P(MmuSockets, ATableReadThatFailsFindsNothingPresent) {
  SimplePlatform platform(GetParam(), tables_);
  platform.memory.on_read = [](tlm::tlm_generic_payload& payload) {
    std::memset(payload.get_data_ptr(), 0xff, payload.get_data_length());
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  };
  const TimedAnswer& answer = platform.translate(kGva);
  EXPECT_EQ(answer.fault.kind, FaultKind::kGuestPage);
  EXPECT_EQ(answer.fault.code, 4U);
}

/// As an interconnect may attach it, for as long as a transaction lives.
struct WayBack : tlm::tlm_extension<WayBack> {
  static inline int alive = 0;

  WayBack() { ++alive; }
  ~WayBack() override { --alive; }
  tlm::tlm_extension_base* clone() const override { return nullptr; }
  void copy_from(const tlm::tlm_extension_base&) override {}
};

TEST_P(MmuSockets, EachTableReadIsATransactionOfItsOwn) {
  SimplePlatform platform(GetParam(), tables_);
  int reads = 0;
  platform.memory.on_read = [&](tlm::tlm_generic_payload& payload) {
    EXPECT_EQ(payload.get_extension<WayBack>(), nullptr);
    payload.set_auto_extension(new WayBack);
    platform.contents.write(
        HostPhysical(payload.get_address()),
        platform.contents.read(HostPhysical(payload.get_address())) | GuestEntry::Accessed::kMask);
    std::memcpy(payload.get_data_ptr(), platform.contents.data(HostPhysical(payload.get_address())),
                payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    ++reads;
  };
  EXPECT_EQ(platform.translate(kGva).translation.address.value(), kGpa);
  EXPECT_EQ(reads, 4);
  EXPECT_EQ(WayBack::alive, 0);
  const WalkStatistics& counts = platform.mmu.walker.statistics;
  EXPECT_EQ(counts.served_by[static_cast<size_t>(MemoryLevel::kMemory)], 4U)
      << "it does not say that it is a cache";
}

// What throws ends the access, not the MMU.
TEST_F(SystemCTest, AnAccessThatMemoryEndsByAnExceptionLeavesNothing) {
  TestTables tables(4, 4, NestedFormat::kEpt);
  tables.map_guest(kGva, kGpa);
  SimplePlatform platform(Protocol::kBlocking, tables);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  platform.memory.on_read = [](tlm::tlm_generic_payload&) { throw std::runtime_error("no"); };
  const size_t walking = platform.mmu.walker.walking();
  for (int i = 0; i < 3; ++i) {
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_address(kGva);
    sc_core::sc_time delay;
    EXPECT_THROW(platform.initiator.socket->b_transport(payload, delay), std::runtime_error);
    EXPECT_EQ(TranslationExtension::get(payload), nullptr);
    EXPECT_EQ(platform.mmu.in_flight(), 0U);
    EXPECT_EQ(platform.mmu.walker.walking(), walking);
  }
}

TEST_F(SystemCTest, AWalkerMakesAtLeastOneWalkAtATime) {
  MmuConfig config;
  config.walker.count = 0;
  const Clock clock;
  EXPECT_THROW(Mmu("mmu", config, clock), std::invalid_argument);
}

std::string name_of(const testing::TestParamInfo<Protocol>& info) {
  return info.param == Protocol::kBlocking ? "Lt" : "At";
}

INSTANTIATE_TEST_SUITE_P(BothKinds, MmuSockets,
                         testing::Values(Protocol::kBlocking, Protocol::kPhases), name_of);

}  // namespace
}  // namespace nestwalk::test
