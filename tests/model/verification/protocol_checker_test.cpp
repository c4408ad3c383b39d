// SPDX-License-Identifier: Apache-2.0
#include "model/verification/protocol_checker.h"

#include <gtest/gtest.h>

#include "model/tlm/memory_extension.h"
#include "model/tlm/persistent_payload.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

TLM_DECLARE_EXTENDED_PHASE(SOMEBODYS_OWN_PHASE);

/// Both ends of a checker, each doing just what a test says.
class Ends : public sc_core::sc_module,
             private tlm::tlm_fw_transport_if<>,
             private tlm::tlm_bw_transport_if<> {
 public:
  explicit Ends(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    initiator.bind(*this);
    target.bind(*this);
  }

  InitiatorSocket initiator{"initiator"};
  tlm::tlm_target_socket<64> target{"target"};

  bool answers = true;  ///< b_transport sets a response status.
  bool goes_back = false;
  bool moves_address = false;
  bool has_own_phase = false;  ///< nb_transport answers by one that the protocol has not.

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    if (answers) payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (moves_address) payload.set_address(0x2000);
    if (goes_back) delay = sc_core::SC_ZERO_TIME;
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    if (has_own_phase) return own_phase(phase);
    return phase == tlm::END_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    return has_own_phase ? own_phase(phase) : tlm::TLM_ACCEPTED;
  }
  static tlm::tlm_sync_enum own_phase(tlm::tlm_phase& phase) {
    phase = SOMEBODYS_OWN_PHASE;
    return tlm::TLM_UPDATED;
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override {
    return payload.get_data_length() + 1;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) override {
    dmi.set_dmi_ptr(&byte_);
    dmi.set_start_address(0x4000);
    dmi.set_end_address(0x4fff);
    return true;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  unsigned char byte_ = 0;
};

class ProtocolCheckerTest : public SystemCTest {
 protected:
  ProtocolCheckerTest() {
    ends_.initiator.bind(checker_.upstream);
    checker_.downstream.bind(ends_.target);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    for (PersistentPayload* payload : {&one_, &other_}) {
      payload->acquire();
      payload->set_read();
      payload->set_address(0x1000);
      payload->set_data_ptr(reinterpret_cast<unsigned char*>(&data_));
      payload->set_data_length(sizeof data_);
      payload->set_streaming_width(sizeof data_);
    }
  }

  void forward(PersistentPayload& payload, tlm::tlm_phase phase,
               sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    ends_.initiator->nb_transport_fw(payload, phase, delay);
  }
  void backward(PersistentPayload& payload, tlm::tlm_phase phase,
                sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    if (phase == tlm::BEGIN_RESP) payload.set_response_status(tlm::TLM_OK_RESPONSE);
    ends_.target->nb_transport_bw(payload, phase, delay);
  }
  void call(PersistentPayload& payload) {
    sc_core::sc_time delay(10, sc_core::SC_NS);
    ends_.initiator->b_transport(payload, delay);
  }

  uint64_t data_ = 0;
  PersistentPayload one_;
  PersistentPayload other_;
  Ends ends_{"ends"};
  ProtocolChecker checker_{"checker"};
};

TEST_F(ProtocolCheckerTest, LetsFourPhasesPass) {
  forward(one_, tlm::BEGIN_REQ);
  backward(one_, tlm::END_REQ);
  forward(other_, tlm::BEGIN_REQ);
  backward(one_, tlm::BEGIN_RESP);
  backward(other_, tlm::END_REQ);
  forward(one_, tlm::END_RESP);
  backward(other_, tlm::BEGIN_RESP);
  forward(other_, tlm::END_RESP);
  EXPECT_EQ(checker_.transactions(), 2U);
  EXPECT_EQ(checker_.in_flight(), 0U);
  EXPECT_EQ(checker_.breaches(), 0U);
}

TEST_F(ProtocolCheckerTest, LetsPhasesOfOtherProtocolsPass) {
  forward(one_, tlm::BEGIN_REQ);
  forward(one_, SOMEBODYS_OWN_PHASE);
  backward(one_, SOMEBODYS_OWN_PHASE);
  backward(one_, tlm::END_REQ);
  EXPECT_EQ(checker_.breaches(), 0U);
}

TEST_F(ProtocolCheckerTest, LetsPhasesOfOtherProtocolsBeAnswers) {
  ends_.has_own_phase = true;
  forward(one_, tlm::BEGIN_REQ);
  backward(one_, tlm::END_REQ);
  backward(one_, tlm::BEGIN_RESP);
  ends_.has_own_phase = false;
  forward(one_, tlm::END_RESP);
  EXPECT_EQ(checker_.in_flight(), 0U);
  EXPECT_EQ(checker_.breaches(), 0U);
}

TEST_F(ProtocolCheckerTest, LetsAResponseImplyTheEndOfTheRequest) {
  forward(one_, tlm::BEGIN_REQ);
  backward(one_, tlm::BEGIN_RESP);
  forward(other_, tlm::BEGIN_REQ);
  forward(one_, tlm::END_RESP);
  EXPECT_EQ(checker_.in_flight(), 1U);
}

TEST_F(ProtocolCheckerTest, LetsBlockingCallsPass) {
  call(one_);
}

TEST_F(ProtocolCheckerTest, ReportsASecondRequestPhase) {
  forward(one_, tlm::BEGIN_REQ);
  systemc.expect_report("request exclusion rule");
  forward(other_, tlm::BEGIN_REQ);
}

TEST_F(ProtocolCheckerTest, ReportsASecondResponsePhase) {
  forward(one_, tlm::BEGIN_REQ);
  backward(one_, tlm::END_REQ);
  forward(other_, tlm::BEGIN_REQ);
  backward(other_, tlm::END_REQ);
  backward(one_, tlm::BEGIN_RESP);
  systemc.expect_report("response exclusion rule");
  backward(other_, tlm::BEGIN_RESP);
}

TEST_F(ProtocolCheckerTest, ReportsPhasesOutOfOrder) {
  systemc.expect_report("END_REQ of a transaction that is not in flight");
  backward(one_, tlm::END_REQ);
  forward(one_, tlm::BEGIN_REQ);
  systemc.expect_report("END_RESP without BEGIN_RESP");
  forward(one_, tlm::END_RESP);
  backward(one_, tlm::END_REQ);
  systemc.expect_report("END_REQ a second time");
  backward(one_, tlm::END_REQ);
  backward(one_, tlm::BEGIN_RESP);
  systemc.expect_report("BEGIN_RESP a second time");
  backward(one_, tlm::BEGIN_RESP);
  systemc.expect_report("BEGIN_REQ of a transaction that is in flight");
  forward(one_, tlm::BEGIN_REQ);
}

TEST_F(ProtocolCheckerTest, ReportsPhasesOnTheWrongPath) {
  systemc.expect_report("the forward path has");
  forward(one_, tlm::END_REQ);
  systemc.expect_report("the backward path has");
  backward(one_, tlm::END_RESP);
}

TEST_F(ProtocolCheckerTest, ReportsTimeGoingBack) {
  forward(one_, tlm::BEGIN_REQ, {20, sc_core::SC_NS});
  systemc.expect_report("a phase is earlier");
  backward(one_, tlm::END_REQ, {10, sc_core::SC_NS});
  ends_.goes_back = true;
  systemc.expect_report("b_transport returned an earlier time");
  call(other_);
}

TEST_F(ProtocolCheckerTest, ReportsAPayloadThatNobodyHolds) {
  one_.release();
  systemc.expect_report("memory manager");
  forward(one_, tlm::BEGIN_REQ);
}

TEST_F(ProtocolCheckerTest, ReportsMalformedRequests) {
  one_.set_response_status(tlm::TLM_OK_RESPONSE);
  systemc.expect_report("is not TLM_INCOMPLETE_RESPONSE");
  call(one_);
  other_.set_streaming_width(0);
  other_.set_dmi_allowed(true);
  systemc.expect_report("DMI hint");
  systemc.expect_report("streaming width");
  call(other_);
}

TEST_F(ProtocolCheckerTest, ReportsAnAnswerThatSaysNothing) {
  ends_.answers = false;
  systemc.expect_report("is still TLM_INCOMPLETE_RESPONSE");
  call(one_);
}

TEST_F(ProtocolCheckerTest, ReportsChangedAttributes) {
  ends_.moves_address = true;
  systemc.expect_report("attributes at the response differ");
  call(one_);
  forward(other_, tlm::BEGIN_REQ);
  other_.set_data_length(4);
  systemc.expect_report("attributes at the response differ");
  backward(other_, tlm::BEGIN_RESP);
  forward(other_, tlm::END_RESP);
  one_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  forward(one_, tlm::BEGIN_REQ);
  one_.set_byte_enable_length(1);
  systemc.expect_report("attributes at the response differ");
  backward(one_, tlm::BEGIN_RESP);
}

TEST_F(ProtocolCheckerTest, ReportsAMissingExtension) {
  checker_.require<MemoryExtension>();
  systemc.expect_report("a request lacks an extension");
  systemc.expect_report("a response lacks an extension");
  call(one_);
  MemoryExtension extension;
  other_.set_extension(&extension);
  call(other_);
}

TEST_F(ProtocolCheckerTest, ReportsWrongAnswersBesideTransport) {
  systemc.expect_report("moved more bytes");
  ends_.initiator->transport_dbg(one_);
  tlm::tlm_dmi dmi;
  systemc.expect_report("does not contain the address");
  ends_.initiator->get_direct_mem_ptr(one_, dmi);
}

}  // namespace
}  // namespace nestwalk::test
