// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/tlm/at_ports.h"
#include "model/tlm/clock.h"
#include "model/tlm/timed_queue.h"
#include "model/tlm/translation_extension.h"

namespace nestwalk {

/// One access that a TestInitiator is to make.
struct TimedAccess {
  uint64_t issue = 0;      ///< Cycle.
  uint64_t annotated = 0;  ///< kPhases: cycles that BEGIN_REQ is annotated with.
  AccessKind kind = AccessKind::kRead;
  GuestVirtual address{};
  bool user = true;
  static constexpr unsigned kMostBytes = 8;
  unsigned length = 8;          ///< Bytes, at most kMostBytes: else `access` throws.
  uint64_t data = 0;            ///< Of a write.
  bool translate_only = false;  ///< Do not go on to memory.
  bool with_extension = true;   ///< Carry a TranslationExtension; without, a user's data access.
};

/// What became of it.
struct TimedAnswer {
  bool done = false;
  uint64_t issued = 0;  ///< Cycle in which it was sent: later than asked for if that had to wait.
  uint64_t completed = 0;  ///< Cycle of the answer.
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  uint64_t data = 0;  ///< Of a read.
  /// What follows is there with an extension only.
  TranslationSource source = TranslationSource::kL1Tlb;
  Fault fault;
  Translation translation;          ///< Valid without a fault.
  uint64_t translation_cycles = 0;  ///< Past an L1 TLB hit.
};

/// Makes accesses at given cycles and writes down when and how they were answered. Tests are tables
/// of `TimedAccess` and the cycles expected.
class TestInitiator : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  enum class Protocol : uint8_t {
    kBlocking,  ///< b_transport, one after the other, the annotated time waited for.
    kPhases,    ///< nb_transport, as many at once as are asked for.
  };

  TestInitiator(const sc_core::sc_module_name& name, Protocol protocol, const Clock& clock);
  ~TestInitiator() override;

  InitiatorSocket socket{"socket"};

  /// Asks for an access, before or during the simulation, in a cycle that has not passed. Returns
  /// its number.
  size_t access(const TimedAccess& access);

  const TimedAccess& asked(size_t number) const;
  const TimedAnswer& answer(size_t number) const;
  /// Whether the transaction now carries a TranslationExtension.
  bool has_extension(size_t number) const;
  size_t accesses() const { return transactions_.size(); }
  size_t in_flight() const { return in_flight_; }

  std::function<void(size_t)> on_answer;  ///< Called with the number, if set.

  uint64_t grants_withdrawn() const { return grants_withdrawn_; }

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Transaction;

  /// Starts a process that makes what is due, and ends: none is left that must be unwound.
  void start_blocking();
  void run_blocking();
  void run_phases();
  void begin(Transaction& transaction);
  void end(Transaction& transaction);

  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return requests_.receive(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override { ++grants_withdrawn_; }

  Clock clock_;
  RequestPort requests_;
  TimedQueue<size_t> due_;
  TimedQueue<size_t> answered_;
  std::vector<std::unique_ptr<Transaction>> transactions_;
  bool blocking_ = false;  ///< Its process runs.
  size_t in_flight_ = 0;
  uint64_t grants_withdrawn_ = 0;
};

}  // namespace nestwalk
