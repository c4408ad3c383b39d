// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "model/cache/cache_chain.h"
#include "model/cache/cache_module.h"
#include "model/memory/memory_module.h"
#include "model/timing/latency_table.h"
#include "model/tlm/clock.h"

namespace nestwalk {

/// The caches and the memory behind them: L1D and L2 a core, L3 and memory shared (spec 2.5).
/// Levels that are off are left out. Latencies are load-to-use from the core, so each level takes
/// what its latency exceeds that of the level before.
class MemorySystem : public sc_core::sc_module {
 public:
  /// Who accesses; each has a socket a core.
  enum Port : size_t { kData = 0, kTables = 1 };

  /// `seed`: of random replacement. Throws std::invalid_argument if a level's latency is below that
  /// of a level nearer the core, or a cache cannot be (Cache).
  MemorySystem(const sc_core::sc_module_name& name, const MemoryHierarchyConfig& config,
               const LatencyTable& latency, const Clock& clock, PhysicalMemory& contents,
               size_t cores, uint64_t seed);

  // All throw std::out_of_range for a core that there is not.

  /// Each must be bound, of every core.
  tlm::tlm_target_socket<64>& socket(size_t core, Port port);

  /// What accesses of a core pass through, as one call beside the sockets.
  CacheChain chain(size_t core);

  /// The L1D of a core, or nullptr if it is off.
  CacheModule* l1d(size_t core) { return cores_.at(core).l1d.get(); }
  CacheModule* l2(size_t core) { return cores_.at(core).l2.get(); }
  CacheModule* l3() { return l3_.get(); }
  Memory& memory() { return *memory_; }

  void reset_statistics();

 private:
  struct Core {
    std::unique_ptr<CacheModule> l1d;
    std::unique_ptr<CacheModule> l2;
  };

  LatencyTable latency_;
  std::vector<Core> cores_;
  std::unique_ptr<CacheModule> l3_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace nestwalk
