// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/program.h"
#include "sim/stream/workload/random.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// SPEC CPU2006's 471.omnetpp: discrete event simulation of a large Ethernet.
Workload omnetpp_workload();

/// The simulation: hosts ask servers among them through a tree of switches. Each message passes a
/// host's modules one by one, as an event each.
class EthernetSimulation {
 public:
  EthernetSimulation(uint32_t hosts, uint64_t seed);

  /// Takes the earliest message from the heap of future events, and lets its module handle it.
  void step(Emitter& emitter);

  double now() const { return now_; }
  /// Frames between hosts.
  uint64_t sent() const { return sent_; }
  uint64_t received() const { return received_; }
  uint64_t in_flight() const { return in_flight_; }
  VirtualRange region() const { return layout_.region(); }

 private:
  static constexpr uint32_t kHostsASwitch = 9;
  static constexpr uint32_t kFanOut = 8;   ///< Switches below a switch.
  static constexpr uint32_t kModules = 4;  ///< Of a host: application, LLC, encapsulation, MAC.

  enum class Kind : uint8_t { kTimer, kRequest, kReply };
  struct Message {
    double time = 0;
    uint64_t order = 0;  ///< Of events at one time: as scheduled.
    uint32_t node = 0;   ///< Where it goes next: hosts first, then switches.
    uint32_t source = 0;
    uint32_t target = 0;
    uint8_t module = 0;
    bool down = true;  ///< From the application to the wire.
    Kind kind = Kind::kTimer;
  };

  uint32_t switch_of(uint32_t host) const { return host / kHostsASwitch; }
  uint32_t next_hop(uint32_t at_switch, uint32_t host) const;
  uint64_t node_address(uint32_t node) const;

  uint32_t allocate(Emitter& emitter);
  void release(Emitter& emitter, uint32_t message);
  void schedule(Emitter& emitter, uint32_t message, double time);
  uint32_t take_first(Emitter& emitter);
  bool earlier(Emitter& emitter, uint32_t a, uint32_t b) const;
  void put(Emitter& emitter, size_t place, uint32_t message);

  void work(Emitter& emitter, uint32_t node, uint32_t module, uint32_t message) const;
  void timer(Emitter& emitter, uint32_t message);
  void at_host(Emitter& emitter, uint32_t message);
  void at_switch(Emitter& emitter, uint32_t message);
  void send(Emitter& emitter, uint32_t from, uint32_t to, Kind kind);
  void transmit(Emitter& emitter, uint32_t message, uint32_t from, uint32_t to);

  uint32_t hosts_;
  uint32_t switches_;
  Random random_;
  Layout layout_;
  Array host_array_;
  Array switch_array_;
  Array message_array_;
  Array heap_array_;
  std::vector<Message> messages_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> heap_;
  std::vector<double> busy_until_;  ///< Of each node's wires.
  uint64_t order_ = 0;
  double now_ = 0;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t in_flight_ = 0;
};

}  // namespace nestwalk
