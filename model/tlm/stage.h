// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/tlm/at_ports.h"
#include "model/tlm/target_port.h"
#include "model/tlm/timed_queue.h"

namespace nestwalk {

/// A look-up on the way of a transaction: a TLB level, the segment unit, a cache level. It looks
/// the address up; what it knows it answers, what it does not it sends on, and keeps the answer
/// that comes back. LT and AT take the same two steps, `look_up` and `fill`, with the same
/// durations.
///
/// AT: requests are accepted at once (pipelined); the look-up is decided when its time is over, so
/// that it sees what was filled meanwhile. `upstream` are one or more target sockets. A stage that
/// moves data keeps the order of accesses of the same bytes: none is looked up before the older
/// ones that it must not pass are answered.
class Stage : public sc_core::sc_module, protected tlm::tlm_bw_transport_if<> {
 public:
  using Payload = tlm::tlm_generic_payload;

  ~Stage() override;

  /// Target sockets; `upstream(0)` for a stage with one. Throws std::out_of_range for a port that
  /// there is not.
  tlm::tlm_target_socket<64>& upstream(size_t port = 0);
  InitiatorSocket downstream{"downstream"};

  /// Requests inside or waiting; for the watchdog.
  size_t in_flight() const { return in_flight_.size(); }

 protected:
  struct Timing {
    sc_core::sc_time look_up;  ///< Before the outcome is known.
    sc_core::sc_time answer;   ///< On top, for an answer given here.
  };

  enum class Order : uint8_t { kAny, kOfBytes };

  Stage(const sc_core::sc_module_name& name, size_t ports, const Timing& timing,
        Order order = Order::kAny);

  /// Looks the transaction up; if true it is answered here.
  virtual bool look_up(Payload& payload) = 0;
  /// The answer from downstream passes.
  virtual void fill(Payload& payload) = 0;
  /// Debug accesses and DMI requests change nothing here.
  virtual unsigned debug(Payload& payload) { return downstream->transport_dbg(payload); }
  virtual bool direct(Payload& payload, tlm::tlm_dmi& dmi) {
    return downstream->get_direct_mem_ptr(payload, dmi);
  }
  /// DMI grants from downstream have ended.
  virtual void end_grants() {}

 private:
  using Port = TargetPort<Stage>;
  friend Port;

  enum class Step : uint8_t { kLookUp, kRespond, kFill };

  struct Due {
    Payload* payload = nullptr;
    Step step = Step::kLookUp;
  };

  struct InFlight {
    Payload* payload;
    size_t port;
    bool waits = false;  ///< Its look-up is due, an older access has to be done first.
    bool asks = false;   ///< Downstream owes an answer.
  };

  void transport(Payload& payload, sc_core::sc_time& delay) {
    delay += timing_.look_up;
    if (look_up(payload)) {
      delay += timing_.answer;
      return;
    }
    downstream->b_transport(payload, delay);
    fill(payload);
  }

  tlm::tlm_sync_enum request(size_t port, Payload& payload, tlm::tlm_phase& phase,
                             const sc_core::sc_time& delay);
  void decide(Payload& payload);
  std::vector<InFlight>::iterator find(const Payload& payload);
  bool is_behind_another(const InFlight& entry) const;
  void decide_waiting();
  void answered(Payload& payload, const sc_core::sc_time& delay);
  void respond(Payload& payload);
  void later(Payload& payload, Step step, const sc_core::sc_time& delay);
  void run(const Due& due);
  void on_due();

  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return requests_.receive(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  Timing timing_;
  Order order_;
  std::vector<std::unique_ptr<Port>> ports_;
  RequestPort requests_;
  std::vector<InFlight> in_flight_;  ///< The oldest first.
  size_t waiting_ = 0;               ///< Of those in flight.
  TimedQueue<Due> due_;
};

}  // namespace nestwalk
