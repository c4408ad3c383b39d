// SPDX-License-Identifier: Apache-2.0
// LT where whoever is bound in between waits within b_transport, as he may, and several threads of
// an initiator meet inside: each gets its own answer, and no D bit is lost.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/verification/latency_memory.h"
#include "tests/support/random_mmu_config.h"
#include "tests/support/systemc_context.h"
#include "tests/support/test_tables.h"

namespace nestwalk::test {
namespace {

using Payload = tlm::tlm_generic_payload;

/// Passes everything on; blocking calls may wait before and after.
class Slow : public sc_core::sc_module,
             private tlm::tlm_fw_transport_if<>,
             private tlm::tlm_bw_transport_if<> {
 public:
  Slow(const sc_core::sc_module_name& name, const Clock& clock, Random& random)
      : sc_core::sc_module(name), clock_(clock), random_(random) {
    upstream.bind(*this);
    downstream.bind(*this);
  }

  tlm::tlm_target_socket<64> upstream{"upstream"};
  InitiatorSocket downstream{"downstream"};

 private:
  void b_transport(Payload& payload, sc_core::sc_time& delay) override {
    wait_a_little();
    downstream->b_transport(payload, delay);
    wait_a_little();
  }
  void wait_a_little() {
    if (random_.chance(40)) sc_core::wait(clock_.cycles(1 + random_.below(60)));
  }
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return downstream->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return upstream->nb_transport_bw(payload, phase, delay);
  }
  unsigned transport_dbg(Payload& payload) override { return downstream->transport_dbg(payload); }
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override {
    return downstream->get_direct_mem_ptr(payload, dmi);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override {
    upstream->invalidate_direct_mem_ptr(first, last);
  }

  Clock clock_;
  Random& random_;
};

/// Threads that translate on one socket.
class Threads : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  Threads(const sc_core::sc_module_name& name, const Clock& clock, Random& random,
          TestTables& tables, const PhysicalMemory& contents, const std::vector<uint64_t>& pages)
      : sc_core::sc_module(name),
        clock_(clock),
        random_(random),
        tables_(tables),
        contents_(contents),
        pages_(pages) {
    socket.bind(*this);
    for (int thread = 0; thread < 4; ++thread) sc_core::sc_spawn([this] { run(); });
  }

  InitiatorSocket socket{"socket"};
  int done = 0;
  int wrong = 0;  ///< Answers.
  int unset = 0;  ///< D bits after a store.

 private:
  void run() {
    for (int i = 0; i < 80; ++i) {
      sc_core::wait(clock_.cycles(random_.below(20)));
      const uint64_t page = pages_[random_.below(pages_.size())];
      const bool store = random_.chance(40);
      Payload payload;
      TranslationExtension request;
      request.translate_only = true;
      request.access.kind = store ? AccessKind::kWrite : AccessKind::kRead;
      payload.set_command(tlm::TLM_IGNORE_COMMAND);
      payload.set_address(page);
      payload.set_data_length(1);
      payload.set_extension(&request);
      sc_core::sc_time delay;
      socket->b_transport(payload, delay);
      payload.clear_extension(&request);
      sc_core::wait(delay);
      ++done;
      const HostPhysical wanted = tables_.walk(page).translation().address;
      if (request.fault || request.translation.address != wanted) ++wrong;
      if (store && !is_dirty(page)) ++unset;
    }
  }

  bool is_dirty(uint64_t page) {
    const HostPhysical leaf(tables_.guest_entry_gpa(page, 1) + TestTables::kHostShift);
    return GuestEntry(contents_.read(leaf)).dirty();
  }

  tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  Clock clock_;
  Random& random_;
  TestTables& tables_;
  const PhysicalMemory& contents_;
  const std::vector<uint64_t>& pages_;
};

constexpr uint64_t kData = 0x10000000;  ///< In guest memory.

TEST(MmuWaiting, ThreadsThatMeetInsideGetTheirOwnAnswers) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const SystemCContext systemc;
    Random random(scrambled(seed));
    const Clock clock;
    TestTables tables(4, 4, random.chance(50) ? NestedFormat::kNpt : NestedFormat::kEpt);
    std::vector<uint64_t> pages;
    for (uint64_t i = 0; i < 24; ++i) {
      pages.push_back(0x40000000 * (i % 3) + 0x200000 * (i % 2) + 0x1000 * i);
      tables.map_guest(pages.back(), kData + 0x1000 * i);
      tables.map_nested(kData + 0x1000 * i, 0x20000000 + 0x3000 * i);
    }
    tables.map_guest_tables();
    // Walks of half the data end in the segment.
    tables.context.vmm_segment = {GuestPhysical(kData), GuestPhysical(kData + 0xc000), 0x100000000};

    PhysicalMemory contents(uint64_t{1} << 41);
    tables.for_each_word(
        [&](HostPhysical address, uint64_t word) { contents.write(address, word); });
    LatencyMemory memory("memory", {0, 20}, clock, 2, contents);
    std::vector<std::unique_ptr<Slow>> connections;
    MmuConfig config = RandomMmuConfig(random).draw();
    config.l1_tlb.pages_4k = {8, 4};
    config.l1_tlb.replacement = Replacement::kLru;
    Mmu mmu("mmu", config, clock, [&](auto& initiator, auto& target) {
      const std::string name = "slow_" + std::to_string(connections.size());
      connections.push_back(std::make_unique<Slow>(name.c_str(), clock, random));
      initiator.bind(connections.back()->upstream);
      connections.back()->downstream.bind(target);
    });
    Threads threads("threads", clock, random, tables, contents, pages);
    threads.socket.bind(mmu.cpu());
    mmu.memory().bind(memory.socket(0));
    mmu.tables().bind(memory.socket(1));
    mmu.load_vm(tables.context);
    sc_core::sc_start();

    EXPECT_EQ(threads.done, 320) << seed;
    EXPECT_EQ(threads.wrong, 0) << seed;
    EXPECT_EQ(threads.unset, 0) << seed;
  }
}

}  // namespace
}  // namespace nestwalk::test
