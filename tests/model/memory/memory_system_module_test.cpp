// SPDX-License-Identifier: Apache-2.0
#include "model/memory/memory_system_module.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kAddress = 0x1000;

class Initiator : public sc_core::sc_module {
 public:
  explicit Initiator(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
  tlm_utils::simple_initiator_socket<Initiator, 64> socket{"socket"};
};

/// The L1D of one core, caches and memory behind it.
class MemorySystemTest : public SystemCTest {
 protected:
  MemorySystemTest() {
    data_.socket.bind(system_.socket(0, MemorySystem::kData));
    tables_.socket.bind(system_.socket(0, MemorySystem::kTables));
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    payload_.set_address(kAddress);
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&word_));
    payload_.set_data_length(sizeof word_);
    payload_.set_streaming_width(sizeof word_);
  }

  tlm::tlm_response_status access(tlm::tlm_command command) {
    payload_.set_command(command);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    data_.socket->b_transport(payload_, delay);
    return payload_.get_response_status();
  }

  /// A write as `payload_` stands is refused, by memory and where the L1D has the line.
  void expect_refused(tlm::tlm_response_status status) {
    contents_.write(HostPhysical(kAddress), 0x1111);
    word_ = 0x2222;
    for (const bool cached : {false, true}) {
      EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND), status) << "cached: " << cached;
      EXPECT_EQ(contents_.read(HostPhysical(kAddress)), 0x1111U);
      access(tlm::TLM_IGNORE_COMMAND);
    }
    EXPECT_EQ(system_.l1d(0)->statistics.hits, 2U);
  }

  PhysicalMemory contents_{1 << 20};
  MemorySystem system_{"system", {}, {}, Clock(), contents_, 1, 1};
  Initiator data_{"data"};
  Initiator tables_{"tables"};
  tlm::tlm_generic_payload payload_;
  uint64_t word_ = 0;
};

TEST_F(MemorySystemTest, RefusesByteEnables) {
  unsigned char enables[] = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
  payload_.set_byte_enable_ptr(enables);
  payload_.set_byte_enable_length(sizeof enables);
  expect_refused(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

// Of the one address alone: a refusal for all of memory would end the use of DMI.
TEST_F(MemorySystemTest, RefusesDirectAccessBeyondItsEnd) {
  tlm::tlm_dmi dmi;
  payload_.set_address(contents_.size() - 1);
  EXPECT_TRUE(tables_.socket->get_direct_mem_ptr(payload_, dmi));
  EXPECT_EQ(dmi.get_dmi_ptr(), contents_.data(HostPhysical(0)));
  payload_.set_address(contents_.size());
  EXPECT_FALSE(tables_.socket->get_direct_mem_ptr(payload_, dmi));
  EXPECT_EQ(dmi.get_start_address(), contents_.size());
  EXPECT_EQ(dmi.get_end_address(), contents_.size());
}

// IEEE 1666, 11.3: then nothing is moved, and there may be no data.
TEST_F(MemorySystemTest, MovesNothingInDebugTransportOfNoLength) {
  payload_.set_data_ptr(nullptr);
  payload_.set_data_length(0);
  for (const tlm::tlm_command command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) {
    payload_.set_command(command);
    EXPECT_EQ(data_.socket->transport_dbg(payload_), 0U);
  }
}

TEST_F(MemorySystemTest, MovesNothingInDebugTransportOfNoCommand) {
  payload_.set_command(tlm::TLM_IGNORE_COMMAND);
  EXPECT_EQ(data_.socket->transport_dbg(payload_), 0U);
  payload_.set_command(tlm::TLM_READ_COMMAND);
  EXPECT_EQ(data_.socket->transport_dbg(payload_), payload_.get_data_length());
}

TEST_F(MemorySystemTest, RefusesToStream) {
  payload_.set_streaming_width(4);
  expect_refused(tlm::TLM_BURST_ERROR_RESPONSE);
}

}  // namespace
}  // namespace nestwalk::test
