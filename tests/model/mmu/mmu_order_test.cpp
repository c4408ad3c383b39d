// SPDX-License-Identifier: Apache-2.0
// Many accesses of few bytes in flight at once (AT): each load returns what the stores before it
// left, whatever hits and misses on the way.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "model/memory/memory_system_module.h"
#include "model/verification/test_random.h"
#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kPage = 4096;
constexpr uint64_t kPages = 6;
constexpr size_t kAccesses = 600;

/// What of a machine decides about the order in which accesses are done.
struct Machine {
  bool caches;
  uint32_t walkers;
  LatencyMemoryConfig memory;  ///< Without caches.
};

class MmuOrder : public SystemCTest, public testing::WithParamInterface<Machine> {
 protected:
  MmuOrder() : tables_(4, 4, NestedFormat::kEpt) {
    for (uint64_t page = 0; page < kPages * kPage; page += kPage)
      tables_.map_guest(kGva + page, kGpa + page);
    tables_.make_native();
  }

  static MmuConfig small_mmu() {
    MmuConfig config = bare_config();
    config.l1_tlb.pages_4k = {2, 2};  // evicts, so that a younger access may miss as well
    config.walker.count = GetParam().walkers;
    return config;
  }
  static MemoryHierarchyConfig small_caches() {
    MemoryHierarchyConfig config;
    config.l1d = {true, 256, 2};
    config.l2 = {true, 512, 2};
    config.l3 = {true, 1024, 2};
    return config;
  }

  /// Loads and stores of 1 to 8 bytes, close together and a few at a time.
  static std::vector<TimedAccess> program(uint64_t seed) {
    TestRandom random(seed);
    std::vector<TimedAccess> accesses;
    uint64_t now = 0;
    for (size_t i = 0; i < kAccesses; ++i) {
      now += random.chance(5) ? 2000 : random.below(30);
      TimedAccess access;
      access.issue = now;
      access.kind = random.chance(40) ? AccessKind::kWrite : AccessKind::kRead;
      access.length = static_cast<unsigned>(1 + random.below(8));
      access.address = GuestVirtual(kGva + random.below(kPages) * kPage + random.below(3) * 64 +
                                    (random.chance(50) ? 0 : 54) + random.below(16));
      access.data = random.word();
      access.with_extension = random.chance(50);
      accesses.push_back(access);
    }
    return accesses;
  }

  /// Makes them, and compares each load with the bytes as the stores before it left them.
  static void expect_order(TestInitiator& initiator, const std::vector<TimedAccess>& accesses) {
    for (const TimedAccess& access : accesses) initiator.access(access);
    sc_core::sc_start();
    std::map<uint64_t, unsigned char> bytes;
    for (size_t i = 0; i < accesses.size(); ++i) {
      const TimedAccess& access = accesses[i];
      ASSERT_EQ(initiator.answer(i).status, tlm::TLM_OK_RESPONSE) << i;
      std::array<unsigned char, 8> data{};
      if (access.kind == AccessKind::kWrite) std::memcpy(data.data(), &access.data, 8);
      std::array<unsigned char, 8> read{};
      std::memcpy(read.data(), &initiator.answer(i).data, 8);
      for (unsigned byte = 0; byte < access.length; ++byte) {
        unsigned char& known = bytes[access.address.value() + byte];
        if (access.kind == AccessKind::kWrite)
          known = data[byte];
        else
          ASSERT_EQ(read[byte], known) << "access " << i << ", byte " << byte;
      }
    }
  }

  TestTables tables_;
};

TEST_P(MmuOrder, ALoadReturnsWhatTheStoresBeforeItLeft) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SystemCContext inner;
    if (!GetParam().caches) {
      MmuBench bench(TestInitiator::Protocol::kPhases, tables_, small_mmu(), GetParam().memory);
      expect_order(bench.initiator, program(seed));
      continue;
    }
    const Clock clock;
    PhysicalMemory contents(uint64_t{1} << 41);
    tables_.for_each_word([&](HostPhysical at, uint64_t word) { contents.write(at, word); });
    CheckedConnections connections;
    const auto connect = [&](auto& from, auto& to) { connections.connect(from, to); };
    MemorySystem memory("memory", small_caches(), LatencyTable(), clock, contents, 1, seed);
    Mmu mmu("mmu", small_mmu(), clock, connect);
    TestInitiator initiator("initiator", TestInitiator::Protocol::kPhases, clock);
    connect(initiator.socket, mmu.cpu());
    connect(mmu.memory(), memory.socket(0, MemorySystem::kData));
    connect(mmu.tables(), memory.socket(0, MemorySystem::kTables));
    mmu.load_vm(tables_.context);
    expect_order(initiator, program(seed));
    EXPECT_EQ(mmu.in_flight(), 0U);
    EXPECT_EQ(connections.in_flight(), 0U);
  }
}

/// Memory that, for each of its first accesses, asks for something itself before it answers.
class AskingMemory : public sc_core::sc_module,
                     private tlm::tlm_fw_transport_if<>,
                     private tlm::tlm_bw_transport_if<> {
 public:
  AskingMemory(const sc_core::sc_module_name& name, int asks)
      : sc_core::sc_module(name), left_(asks) {
    target.bind(*this);
    initiator.bind(*this);
    SC_HAS_PROCESS(AskingMemory);
    SC_METHOD(store);
  }

  tlm::tlm_target_socket<64> target{"target"};
  tlm::tlm_initiator_socket<64> initiator{"initiator"};
  size_t asked() const { return payloads_.size(); }
  size_t answered() const { return answered_; }

 private:
  void store() {
    for (int i = 0; i < 4; ++i) ask(tlm::TLM_WRITE_COMMAND);
  }
  void ask(tlm::tlm_command command) {
    PersistentPayload& payload = payloads_.emplace_back();
    payload.set_command(command);
    payload.set_address(kGva);
    payload.set_data_ptr(data_);
    payload.set_data_length(sizeof data_);
    payload.set_streaming_width(sizeof data_);
    payload.acquire();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    initiator->nb_transport_fw(payload, phase, delay);
  }

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    if (left_-- > 0) ask(tlm::TLM_READ_COMMAND);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    ++answered_;
    payload.release();
    return tlm::TLM_COMPLETED;
  }
  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  int left_;
  unsigned char data_[8] = {};
  std::deque<PersistentPayload> payloads_;
  size_t answered_ = 0;
};

using MmuOrderAlone = SystemCTest;

TEST_F(MmuOrderAlone, RequestsMayComeInWhileOneGoesOut) {
  TestTables tables(4, 4, NestedFormat::kEpt);
  tables.map_guest(kGva, kGpa);
  tables.make_native();
  const Clock clock;
  PhysicalMemory contents(uint64_t{1} << 41);
  tables.for_each_word([&](HostPhysical at, uint64_t word) { contents.write(at, word); });
  LatencyMemory table_memory("tables", {0, 100}, clock, 1, contents);
  Mmu mmu("mmu", bare_config(), clock);
  AskingMemory memory("memory", 100);
  memory.initiator.bind(mmu.cpu());
  mmu.memory().bind(memory.target);
  mmu.tables().bind(table_memory.socket(0));
  mmu.load_vm(tables.context);
  sc_core::sc_start();
  EXPECT_EQ(memory.asked(), 104U);
  EXPECT_EQ(memory.answered(), 104U);
  EXPECT_EQ(mmu.in_flight(), 0U);
}

std::string name_of(const testing::TestParamInfo<Machine>& machine) {
  return std::string(machine.param.caches ? "Caches" : "Memory") +
         std::to_string(machine.param.walkers) + "Walkers";
}

INSTANTIATE_TEST_SUITE_P(Machines, MmuOrder,
                         testing::Values(Machine{false, 1, {0, 100}}, Machine{false, 4, {3, 50}},
                                         Machine{true, 1, {}}, Machine{true, 4, {}}),
                         name_of);

}  // namespace
}  // namespace nestwalk::test
