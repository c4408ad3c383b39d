// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/mmu/mmu.h"
#include "model/verification/latency_memory.h"
#include "model/verification/protocol_checker.h"
#include "model/verification/test_initiator.h"
#include "tests/support/systemc_context.h"
#include "tests/support/test_tables.h"

namespace nestwalk::test {

/// An MMU without helper structures: each walk costs its reads and checks.
inline MmuConfig bare_config() {
  MmuConfig config;
  config.guest_structure_cache.enabled = false;
  config.nested_structure_cache.enabled = false;
  config.nested_tlb.kind = NestedTlbKind::kNone;
  return config;
}

/// An Mmu between a TestInitiator and a LatencyMemory that holds TestTables, a protocol checker on
/// every connection.
class MmuBench {
 public:
  using Protocol = TestInitiator::Protocol;

  MmuBench(Protocol protocol, const TestTables& tables, const MmuConfig& config,
           const LatencyMemoryConfig& memory_config = {0, 100})
      : memory("memory", memory_config, clock, 2, contents),
        mmu("mmu", config, clock,
            [this](auto& initiator_socket, auto& target) {
              connections.connect(initiator_socket, target);
            }),
        initiator("initiator", protocol, clock) {
    connections.connect(initiator.socket, mmu.cpu());
    connections.connect(mmu.memory(), memory.socket(0));
    connections.connect(mmu.tables(), memory.socket(1));
    store(tables);
    mmu.load_vm(tables.context);
  }

  void store(const TestTables& tables) {
    tables.for_each_word(
        [this](HostPhysical address, uint64_t word) { contents.write(address, word); });
  }

  /// Makes an access when everything before it is done; returns what became of it.
  const TimedAnswer& access(uint64_t gva, AccessKind kind = AccessKind::kRead) {
    TimedAccess access = translation(gva, kind);
    access.issue = now();
    const size_t number = initiator.access(access);
    run();
    return initiator.answer(number);
  }
  /// Cycles that it took.
  uint64_t cycles_of(uint64_t gva, AccessKind kind = AccessKind::kRead) {
    const TimedAnswer& answer = access(gva, kind);
    EXPECT_FALSE(answer.fault) << std::hex << gva;
    EXPECT_EQ(answer.translation_cycles, answer.completed - answer.issued);
    return answer.completed - answer.issued;
  }

  static TimedAccess translation(uint64_t gva, AccessKind kind = AccessKind::kRead) {
    TimedAccess access;
    access.kind = kind;
    access.address = GuestVirtual(gva);
    access.translate_only = true;
    return access;
  }

  /// To the end of all activity; everything must have been answered.
  void run() {
    if (sc_core::sc_pending_activity()) sc_core::sc_start();
    EXPECT_EQ(initiator.in_flight(), 0U);
    EXPECT_EQ(mmu.in_flight(), 0U);
    EXPECT_EQ(connections.in_flight(), 0U);
  }
  uint64_t now() const { return clock.count(sc_core::sc_time_stamp()); }

  Clock clock;
  PhysicalMemory contents{uint64_t{1} << 41};
  CheckedConnections connections;
  LatencyMemory memory;
  Mmu mmu;
  TestInitiator initiator;
};

}  // namespace nestwalk::test
