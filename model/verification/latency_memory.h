// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/memory/physical_memory.h"
#include "model/timing/latency_table.h"
#include "model/tlm/clock.h"
#include "model/tlm/target_port.h"
#include "model/tlm/timed_queue.h"

namespace nestwalk {

/// How a LatencyMemory behaves. Everything it may do is legal by the base protocol.
struct LatencyMemoryConfig {
  Cycles accept = 0;    ///< From BEGIN_REQ to END_REQ; meanwhile the initiator may not send more.
  Cycles latency = 10;  ///< From there to the response.
  bool skips_end_request = false;  ///< AT: BEGIN_RESP comes in place of END_REQ.
  bool waits = false;              ///< LT: waits within b_transport instead of annotating the time.
  bool stuck = false;              ///< Takes requests and never answers.
};

/// A memory for tests: `accept + latency` cycles an access, in LT and in AT, any number at once.
class LatencyMemory : public sc_core::sc_module {
 public:
  using Payload = tlm::tlm_generic_payload;
  /// Moves the data of an access; false if there is no such address.
  using Move = std::function<bool(Payload&)>;

  LatencyMemory(const sc_core::sc_module_name& name, const LatencyMemoryConfig& config,
                const Clock& clock, size_t ports, Move move);
  /// With the contents of a PhysicalMemory, and DMI to all of it.
  LatencyMemory(const sc_core::sc_module_name& name, const LatencyMemoryConfig& config,
                const Clock& clock, size_t ports, PhysicalMemory& contents);
  ~LatencyMemory() override;

  /// Throws std::out_of_range for a port that there is not.
  tlm::tlm_target_socket<64>& socket(size_t port);

  uint64_t accesses() const { return accesses_; }  ///< Debug accesses not counted.
  size_t in_flight() const { return in_flight_; }

  /// From here on requests are answered, or not.
  void set_stuck(bool stuck) { config_.stuck = stuck; }
  /// Withdraws all DMI grants.
  void withdraw_grants();

 private:
  using Port = TargetPort<LatencyMemory>;
  friend Port;

  enum class Step : uint8_t { kEndRequest, kRespond };
  struct Due {
    Step step = Step::kRespond;
    Payload* payload = nullptr;
    size_t port = 0;
  };

  void access(Payload& payload);
  void transport(Payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum request(size_t port, Payload& payload, tlm::tlm_phase& phase,
                             const sc_core::sc_time& delay);
  unsigned debug(Payload& payload);
  bool direct(Payload& payload, tlm::tlm_dmi& dmi);
  void on_due();

  LatencyMemoryConfig config_;
  sc_core::sc_time accept_;
  sc_core::sc_time latency_;
  Move move_;
  PhysicalMemory* contents_ = nullptr;
  std::vector<std::unique_ptr<Port>> ports_;
  TimedQueue<Due> due_;
  uint64_t accesses_ = 0;
  size_t in_flight_ = 0;
};

}  // namespace nestwalk
