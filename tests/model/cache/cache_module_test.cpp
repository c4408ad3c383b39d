// SPDX-License-Identifier: Apache-2.0
#include "model/cache/cache_module.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>

#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// A memory of one word that may move.
class MovingMemory : public sc_core::sc_module {
 public:
  explicit MovingMemory(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    socket.register_b_transport(this, &MovingMemory::access);
    socket.register_get_direct_mem_ptr(this, &MovingMemory::grant);
  }

  tlm_utils::simple_target_socket<MovingMemory, 64> socket{"socket"};

  void move_to(uint64_t* word) {
    word_ = word;
    socket->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
  }

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    std::memcpy(payload.get_data_ptr(), word_, sizeof *word_);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  bool grant(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(word_));
    dmi.set_start_address(0);
    dmi.set_end_address(sizeof *word_ - 1);
    dmi.allow_read_write();
    return true;
  }

  uint64_t* word_ = nullptr;
};

class Initiator : public sc_core::sc_module {
 public:
  explicit Initiator(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {}
  tlm_utils::simple_initiator_socket<Initiator, 64> socket{"socket"};
};

class CacheModuleTest : public SystemCTest {};

TEST_F(CacheModuleTest, AHitReadsWhereMemoryIsNow) {
  uint64_t before = 1;
  uint64_t after = 2;
  CacheModule cache("cache", MemoryHierarchyConfig().l1d, MemoryLevel::kL1d, 1,
                    sc_core::SC_ZERO_TIME, 4096, 1);
  MovingMemory memory("memory");
  Initiator initiator("initiator");
  initiator.socket.bind(cache.upstream());
  cache.downstream.bind(memory.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  uint64_t word = 0;
  const auto read = [&] {
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    payload.set_data_length(sizeof word);
    payload.set_streaming_width(sizeof word);
    sc_core::sc_time delay;
    initiator.socket->b_transport(payload, delay);
    return word;
  };
  memory.move_to(&before);
  EXPECT_EQ(read(), 1U);
  EXPECT_EQ(read(), 1U);
  memory.move_to(&after);
  EXPECT_EQ(read(), 2U);
  EXPECT_EQ(cache.statistics.hits, 2U);
}

}  // namespace
}  // namespace nestwalk::test
