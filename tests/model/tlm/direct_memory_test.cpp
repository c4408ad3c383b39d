// SPDX-License-Identifier: Apache-2.0
#include "model/tlm/direct_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

using Payload = tlm::tlm_generic_payload;

constexpr uint64_t kBank = 64;  ///< Bytes.

/// Memory that grants DMI a bank at a time, none for the first, and serves no debug transport.
class Banks : public sc_core::sc_module,
              private tlm::tlm_fw_transport_if<>,
              private tlm::tlm_bw_transport_if<> {
 public:
  explicit Banks(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    initiator.bind(*this);
    target.bind(*this);
    initiator.bind(target);
  }

  InitiatorSocket initiator{"initiator"};
  tlm::tlm_target_socket<64> target{"target"};
  std::array<uint8_t, 4 * kBank> content{};
  int asked = 0;

 private:
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override {
    ++asked;
    const uint64_t bank = payload.get_address() / kBank;
    const uint64_t last = content.size() / kBank - 1;
    dmi.set_start_address(std::min(bank, last + 1) * kBank);
    dmi.set_end_address(bank > last ? ~uint64_t{0} : bank * kBank + kBank - 1);
    if (bank == 0 || bank > last) return false;
    dmi.set_dmi_ptr(content.data() + bank * kBank);
    dmi.allow_read_write();
    return true;
  }
  unsigned transport_dbg(Payload&) override { return 0; }
  void b_transport(Payload&, sc_core::sc_time&) override {}
  tlm::tlm_sync_enum nb_transport_fw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

using DirectMemoryTest = SystemCTest;

TEST_F(DirectMemoryTest, AGrantAndARefusalSpeakOfTheirRangeAlone) {
  Banks banks("banks");
  DirectMemory memory(banks.initiator);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_FALSE(memory.set_bits(HostPhysical(0), 1)) << "refused, and no debug transport";
  EXPECT_FALSE(memory.set_bits(HostPhysical(1000), 1)) << "beyond all banks";
  for (const uint64_t bank : {1, 3, 2}) {
    const HostPhysical word(bank * kBank + 8);
    EXPECT_TRUE(memory.set_bits(word, bank));
    EXPECT_EQ(memory.read_word(word), bank);
    EXPECT_EQ(banks.content[bank * kBank + 8], bank);
  }
  EXPECT_FALSE(memory.set_bits(HostPhysical(2 * kBank + kBank - 4), 1))
      << "half of it in the next bank";
  EXPECT_EQ(banks.asked, 5) << "once for each range that was needed";
}

}  // namespace
}  // namespace nestwalk::test
