// SPDX-License-Identifier: Apache-2.0
// Neighbours that break the base protocol are told so, and the MMU goes on as if they had not; what
// they refuse is passed on.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "model/cache/cache_module.h"
#include "model/memory/memory_system_module.h"
#include "tests/support/mmu_bench.h"

namespace nestwalk::test {
namespace {

using Payload = tlm::tlm_generic_payload;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kFrame = uint64_t{3} << 30;
constexpr int kLevels = 4;

/// A memory that takes requests and answers when it is told to, once or more often.
class ToldMemory : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  ToldMemory(const sc_core::sc_module_name& name, PhysicalMemory& contents)
      : sc_core::sc_module(name), contents_(contents) {
    socket.bind(*this);
  }
  tlm::tlm_target_socket<64> socket{"socket"};
  std::vector<Payload*> requests;
  tlm::tlm_dmi refused;  ///< What it refuses direct access to.

  void answer(Payload& payload) {
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    socket->nb_transport_bw(payload, phase, delay);
  }

 private:
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    requests.push_back(&payload);
    move(payload);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  void b_transport(Payload& payload, sc_core::sc_time&) override { move(payload); }
  unsigned transport_dbg(Payload& payload) override {
    move(payload);
    return payload.get_data_length();
  }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) override {
    dmi = refused;
    return false;
  }
  void move(Payload& payload) {
    uint8_t* const place = contents_.data(HostPhysical(payload.get_address()));
    if (payload.is_read())
      std::memcpy(payload.get_data_ptr(), place, payload.get_data_length());
    else
      std::memcpy(place, payload.get_data_ptr(), payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  PhysicalMemory& contents_;
};

/// A processor that counts the answers to its one load, from `address`.
class Loader : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  Loader(const sc_core::sc_module_name& name, uint64_t address)
      : sc_core::sc_module(name), address_(address) {
    socket.bind(*this);
    prepare(load);
  }
  InitiatorSocket socket{"socket"};
  PersistentPayload load;
  int answers = 0;

  void prepare(Payload& payload) {
    payload.set_read();
    payload.set_address(address_);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data_));
    payload.set_data_length(sizeof data_);
    payload.set_streaming_width(sizeof data_);
  }
  tlm::tlm_sync_enum send(Payload& payload) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    return socket->nb_transport_fw(payload, phase, delay);
  }

 private:
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    EXPECT_EQ(&payload, &load);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(payload.get_address(), address_);
    ++answers;
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  uint64_t address_;
  uint64_t data_ = 0;
};

/// An MMU with native tables between such neighbours.
class MmuNeighbours : public SystemCTest {
 protected:
  MmuNeighbours() {
    TestTables made(kLevels, kLevels, NestedFormat::kEpt);
    made.map_guest(kGva, kFrame);
    made.make_native();
    made.walk_marking(kGva, {AccessKind::kWrite, true});
    made.for_each_word(
        [this](HostPhysical address, uint64_t word) { contents_.write(address, word); });
    loader_.socket.bind(mmu_.cpu());
    mmu_.memory().bind(memory_.socket);
    mmu_.tables().bind(tables_.socket);
    mmu_.load_vm(made.context);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  void send() {
    loader_.load.acquire();
    EXPECT_EQ(loader_.send(loader_.load), tlm::TLM_UPDATED);
    go_on();
  }
  static void go_on() {
    if (sc_core::sc_pending_activity()) sc_core::sc_start();
  }

  /// Answers the reads of tables, then the access, each once; `after` is called after each.
  template <class After>
  void serve(After after) {
    for (size_t read = 0; read < kLevels; ++read) {
      ASSERT_EQ(tables_.requests.size(), read + 1);
      tables_.answer(*tables_.requests[read]);
      after(tables_, *tables_.requests[read]);
      go_on();
    }
    ASSERT_EQ(memory_.requests.size(), 1U);
    memory_.answer(*memory_.requests[0]);
    after(memory_, *memory_.requests[0]);
    go_on();
  }

  void expect_answered_once() {
    EXPECT_EQ(loader_.answers, 1);
    EXPECT_EQ(mmu_.in_flight(), 0U);
    EXPECT_EQ(mmu_.walker.statistics.walks, 1U);
    loader_.load.release();
    EXPECT_EQ(loader_.load.get_ref_count(), 0);
  }

  Clock clock_;
  PhysicalMemory contents_{uint64_t{1} << 41};
  ToldMemory memory_{"memory", contents_};
  ToldMemory tables_{"tables", contents_};
  Mmu mmu_{"mmu", bare_config(), clock_};
  Loader loader_{"loader", kGva};
};

TEST_F(MmuNeighbours, EachAnswerIsTakenOnce) {
  send();
  serve([&](ToldMemory& from, Payload& payload) {
    systemc.expect_report(kAnswerToNone);
    from.answer(payload);
  });
  expect_answered_once();
}

TEST_F(MmuNeighbours, AnAnswerIsTakenFromWhomItIsDue) {
  send();
  for (ToldMemory* const memory : {&memory_, &tables_}) {
    systemc.expect_report(kAnswerToNone);
    memory->answer(loader_.load);  // it is being translated
  }
  serve([](ToldMemory&, Payload&) {});
  expect_answered_once();
  systemc.expect_report(kAnswerToNone);
  memory_.answer(loader_.load);
  systemc.expect_report(kAnswerToNone);
  tables_.answer(*tables_.requests[0]);
  go_on();
  EXPECT_EQ(loader_.answers, 1);
}

TEST_F(MmuNeighbours, APayloadInFlightIsNotTakenAgain) {
  send();
  const auto send_again = [&](ToldMemory&, Payload&) {
    if (mmu_.in_flight() == 0) return;
    systemc.expect_report(kSentTwice);
    EXPECT_EQ(loader_.send(loader_.load), tlm::TLM_COMPLETED);
  };
  serve(send_again);
  expect_answered_once();
}

TEST_F(MmuNeighbours, APayloadThatNobodyKeepsIsNotTaken) {
  Payload payload;
  loader_.prepare(payload);
  systemc.expect_report(kNotKept);
  EXPECT_EQ(loader_.send(payload), tlm::TLM_COMPLETED);
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  EXPECT_EQ(mmu_.in_flight(), 0U);
  go_on();
  EXPECT_TRUE(tables_.requests.empty());
}

TEST_F(MmuNeighbours, ARefusalOfDirectAccessIsOfWhatMemoryRefuses) {
  memory_.refused.set_start_address(kFrame + 0x100);
  memory_.refused.set_end_address(kFrame + 0x1ff);
  tlm::tlm_dmi dmi;
  loader_.load.set_address(kGva + 0x180);
  EXPECT_FALSE(loader_.socket->get_direct_mem_ptr(loader_.load, dmi));
  EXPECT_EQ(dmi.get_start_address(), kGva + 0x100);
  EXPECT_EQ(dmi.get_end_address(), kGva + 0x1ff);
  memory_.refused.init();
  EXPECT_FALSE(loader_.socket->get_direct_mem_ptr(loader_.load, dmi));
  EXPECT_EQ(dmi.get_start_address(), kGva);
  EXPECT_EQ(dmi.get_end_address(), kGva + 0xfff);
}

// The caches' and the memory's sockets, too.
TEST_F(SystemCTest, AMemorySystemTakesAPayloadOnce) {
  const Clock clock;
  PhysicalMemory contents(uint64_t{1} << 32);
  MemorySystem memory("memory", MemoryHierarchyConfig(), LatencyTable(), clock, contents, 1, 1);
  Loader loader("loader", 0x1000);
  Loader other("other", 0x1000);
  loader.socket.bind(memory.socket(0, MemorySystem::kData));
  other.socket.bind(memory.socket(0, MemorySystem::kTables));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  loader.load.acquire();
  EXPECT_EQ(loader.send(loader.load), tlm::TLM_UPDATED);
  systemc.expect_report(kSentTwice);
  EXPECT_EQ(loader.send(loader.load), tlm::TLM_COMPLETED);
  sc_core::sc_start();
  EXPECT_EQ(loader.answers, 1);
  loader.load.release();
  EXPECT_EQ(loader.load.get_ref_count(), 0);
}

TEST_F(SystemCTest, ACacheTakesAnAnswerOnce) {
  PhysicalMemory contents(uint64_t{1} << 32);
  CacheModule cache("cache", CacheConfig{true, 4096, 4}, MemoryLevel::kL2, 1, sc_core::SC_ZERO_TIME,
                    contents.size(), 1);
  ToldMemory memory("memory", contents);
  Loader loader("loader", 0x1000);
  loader.socket.bind(cache.upstream());
  cache.downstream.bind(memory.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const auto answer_when_none_is_due = [&] {
    systemc.expect_report(kAnswerToNone);
    memory.answer(loader.load);
  };
  answer_when_none_is_due();
  loader.load.acquire();
  EXPECT_EQ(loader.send(loader.load), tlm::TLM_UPDATED);
  answer_when_none_is_due();  // it is not looked up yet
  sc_core::sc_start();
  ASSERT_EQ(memory.requests.size(), 1U);
  memory.answer(loader.load);
  EXPECT_EQ(loader.answers, 1);
  answer_when_none_is_due();
  EXPECT_EQ(loader.answers, 1);
  loader.load.release();
  EXPECT_EQ(loader.load.get_ref_count(), 0);
}

}  // namespace
}  // namespace nestwalk::test
