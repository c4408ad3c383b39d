// SPDX-License-Identifier: Apache-2.0
// A phase may be annotated: it counts later than it is told. The next request or response does not
// count before.
#include "model/tlm/at_ports.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/tlm/persistent_payload.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

using Payload = tlm::tlm_generic_payload;

sc_core::sc_time ns(unsigned count) {
  return {static_cast<double>(count), sc_core::SC_NS};
}

TLM_DECLARE_EXTENDED_PHASE(SOMEBODYS_OWN_PHASE);

/// A target and an initiator, connected; each answers a phase as it is told to, and writes down
/// when the other's phases count.
class Pair : public sc_core::sc_module,
             private tlm::tlm_fw_transport_if<>,
             private tlm::tlm_bw_transport_if<> {
 public:
  explicit Pair(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    initiator.bind(*this);
    target.bind(*this);
    initiator.bind(target);
  }

  struct Answer {
    tlm::tlm_sync_enum status = tlm::TLM_ACCEPTED;
    tlm::tlm_phase phase = tlm::UNINITIALIZED_PHASE;
    sc_core::sc_time delay;
  };

  InitiatorSocket initiator{"initiator"};
  tlm::tlm_target_socket<64> target{"target"};
  std::vector<sc_core::sc_time> answered;
  RequestPort requests{initiator, [this](Payload&, const sc_core::sc_time& delay) {
                         answered.push_back(sc_core::sc_time_stamp() + delay);
                       }};
  ResponsePort responses{target};

  Answer to_request;
  Answer to_response;
  std::vector<sc_core::sc_time> requested;
  std::vector<sc_core::sc_time> response_ended;
  std::vector<sc_core::sc_time> responded;

 private:
  static tlm::tlm_sync_enum give(const Answer& answer, tlm::tlm_phase& phase,
                                 sc_core::sc_time& delay) {
    if (answer.status != tlm::TLM_ACCEPTED) delay += answer.delay;
    if (answer.status == tlm::TLM_UPDATED) phase = answer.phase;
    return answer.status;
  }

  tlm::tlm_sync_enum nb_transport_fw(Payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    const sc_core::sc_time counts = sc_core::sc_time_stamp() + delay;
    if (phase == tlm::END_RESP) {
      response_ended.push_back(counts);
      return tlm::TLM_COMPLETED;
    }
    requested.push_back(counts);
    return give(to_request, phase, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    if (phase == tlm::END_REQ) return requests.receive(payload, phase, delay);
    responded.push_back(sc_core::sc_time_stamp() + delay);
    return give(to_response, phase, delay);
  }
  void b_transport(Payload&, sc_core::sc_time&) override {}
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

class AtPorts : public SystemCTest {
 protected:
  AtPorts() { sc_core::sc_start(sc_core::SC_ZERO_TIME); }

  using Times = std::vector<sc_core::sc_time>;

  /// Two requests, annotated with nanoseconds.
  void send(unsigned first, unsigned second) {
    pair_.requests.send(first_, ns(first));
    pair_.requests.send(second_, ns(second));
  }

  Pair pair_{"pair"};
  PersistentPayload first_;
  PersistentPayload second_;
};

TEST_F(AtPorts, ARequestDoesNotCountBeforeTheEndOfTheOneBefore) {
  pair_.to_request = {tlm::TLM_UPDATED, tlm::END_REQ, ns(10)};
  send(0, 3);
  EXPECT_EQ(pair_.requested, (Times{ns(0), ns(10)}));
}

TEST_F(AtPorts, NorBeforeAnEndThatComesOnTheBackwardPath) {
  send(0, 3);
  EXPECT_EQ(pair_.requested, Times{ns(0)});
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay = ns(10);
  pair_.target->nb_transport_bw(first_, phase, delay);
  EXPECT_EQ(pair_.requested, (Times{ns(0), ns(10)}));
}

TEST_F(AtPorts, ARequestIsNotHeldByOneThatCountsLater) {
  pair_.to_request = {tlm::TLM_UPDATED, tlm::END_REQ, ns(0)};
  send(10, 3);
  EXPECT_EQ(pair_.requested, (Times{ns(10), ns(3)}));
}

TEST_F(AtPorts, APhaseOfAnotherProtocolChangesNothing) {
  EXPECT_EQ(pair_.responses.receive(first_, SOMEBODYS_OWN_PHASE, ns(0)), tlm::TLM_ACCEPTED);
  pair_.to_request = {tlm::TLM_UPDATED, SOMEBODYS_OWN_PHASE, ns(0)};
  send(0, 3);
  tlm::tlm_phase phase = SOMEBODYS_OWN_PHASE;
  EXPECT_EQ(pair_.requests.receive(first_, phase, ns(0)), tlm::TLM_ACCEPTED);
  EXPECT_EQ(pair_.requested, Times{ns(0)}) << "the request has not ended";
  EXPECT_TRUE(pair_.answered.empty());
}

TEST_F(AtPorts, APhaseOfTheOtherPathIsReported) {
  systemc.expect_report("only BEGIN_REQ and END_RESP");
  EXPECT_EQ(pair_.responses.receive(first_, tlm::END_REQ, ns(0)), tlm::TLM_ACCEPTED);
  tlm::tlm_phase phase = tlm::END_RESP;
  systemc.expect_report("only END_REQ and BEGIN_RESP");
  EXPECT_EQ(pair_.requests.receive(first_, phase, ns(0)), tlm::TLM_ACCEPTED);
}

TEST_F(AtPorts, AResponseDoesNotEndBeforeItBegins) {
  pair_.to_request = {tlm::TLM_UPDATED, tlm::BEGIN_RESP, ns(50)};
  pair_.requests.send(first_, ns(5));
  EXPECT_EQ(pair_.answered, Times{ns(55)});
  EXPECT_EQ(pair_.response_ended, Times{ns(55)});
}

TEST_F(AtPorts, AResponseDoesNotCountBeforeTheEndOfTheOneBefore) {
  pair_.to_response = {tlm::TLM_UPDATED, tlm::END_RESP, ns(10)};
  pair_.responses.send(first_);
  pair_.responses.send(second_);
  EXPECT_EQ(pair_.responded, (Times{ns(0), ns(10)}));
}

TEST_F(AtPorts, NorBeforeAnEndThatComesOnTheForwardPath) {
  pair_.responses.send(first_);
  pair_.responses.send(second_);
  EXPECT_EQ(pair_.responded, Times{ns(0)});
  pair_.responses.receive(first_, tlm::END_RESP, ns(10));
  EXPECT_EQ(pair_.responded, (Times{ns(0), ns(10)}));
}

}  // namespace
}  // namespace nestwalk::test
