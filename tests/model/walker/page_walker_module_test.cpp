// SPDX-License-Identifier: Apache-2.0
#include "model/walker/page_walker_module.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "model/verification/latency_memory.h"
#include "model/verification/protocol_checker.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// Sends requests to a walker and notes when they are accepted and answered.
class Requester : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  explicit Requester(const sc_core::sc_module_name& name, const Clock& clock)
      : sc_core::sc_module(name), clock_(clock) {
    socket.bind(*this);
  }

  void send(tlm::tlm_generic_payload& payload, uint64_t cycles) {
    payload.acquire();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = clock_.cycles(cycles);
    const tlm::tlm_sync_enum status = socket->nb_transport_fw(payload, phase, delay);
    if (status == tlm::TLM_UPDATED && phase == tlm::END_REQ) note(accepted, delay);
  }

  InitiatorSocket socket{"socket"};
  std::vector<uint64_t> accepted;  ///< In cycles.
  std::vector<uint64_t> answered;

 private:
  void note(std::vector<uint64_t>& times, const sc_core::sc_time& delay) const {
    times.push_back(clock_.count(sc_core::sc_time_stamp() + delay));
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    if (phase != tlm::BEGIN_RESP) {
      note(accepted, delay);
      return tlm::TLM_ACCEPTED;
    }
    note(answered, delay);
    payload.release();
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  Clock clock_;
};

/// A walk of tables that are all 0 reads one entry, which takes 100 cycles, and faults.
TEST_F(SystemCTest, ARequestThatIsHeldBackCountsNoEarlierThanItWasAnnotated) {
  const Clock clock;
  const uint32_t epoch = 0;
  WalkerConfig config;
  config.count = 1;
  config.queue = 0;
  config.coalesce = false;
  PhysicalMemory contents(1 << 20);
  PageWalker walker("walker", config, {}, {}, clock, epoch);
  LatencyMemory memory("memory", {0, 100}, clock, 1, contents);
  ProtocolChecker checker("checker");
  Requester requester("requester", clock);
  requester.socket.bind(checker.upstream);
  checker.downstream.bind(walker.requests);
  walker.tables.bind(memory.socket(0));

  TranslationContext context;
  context.guest.root = GuestPhysical(0x1000);
  std::array<TranslationExtension, 3> asked;
  std::array<PersistentPayload, 3> requests;
  for (size_t i = 0; i < requests.size(); ++i) {
    asked[i].context = &context;
    requests[i].set_command(tlm::TLM_IGNORE_COMMAND);
    requests[i].set_address(0x1000 * i);
    requests[i].set_extension(&asked[i]);
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  requester.send(requests[0], 0);
  requester.send(requests[1], 5000);  // the walker is free again after 100 cycles
  sc_core::sc_start(clock.cycles(6000));
  EXPECT_EQ(requester.accepted, (std::vector<uint64_t>{0, 5000}));
  EXPECT_EQ(requester.answered, (std::vector<uint64_t>{100, 5100}));
  requester.send(requests[2], 10);
  sc_core::sc_start(clock.cycles(1000));
  EXPECT_EQ(requester.answered.back(), 6110U);
  EXPECT_EQ(checker.breaches(), 0U);
}

TEST_F(SystemCTest, APlainAccessBetweenThePartsIsRefused) {
  const Clock clock;
  const uint32_t epoch = 0;
  WalkerConfig config;
  PhysicalMemory contents(1 << 20);
  PageWalker walker("walker", config, {}, {}, clock, epoch);
  LatencyMemory memory("memory", {0, 100}, clock, 1, contents);
  Requester requester("requester", clock);
  requester.socket.bind(walker.requests);
  walker.tables.bind(memory.socket(0));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  tlm::tlm_generic_payload access;
  sc_core::sc_time delay;
  EXPECT_THROW(requester.socket->b_transport(access, delay), std::invalid_argument);
  TranslationExtension without_context;
  access.set_extension(&without_context);
  EXPECT_THROW(requester.socket->b_transport(access, delay), std::invalid_argument);
  access.clear_extension(&without_context);
}

}  // namespace
}  // namespace nestwalk::test
