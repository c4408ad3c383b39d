// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/array/hit_statistics.h"
#include "model/context/context_registers.h"
#include "model/timing/latency_table.h"
#include "model/tlb/l1_tlb.h"
#include "model/tlb/tlb_geometry.h"
#include "model/tlm/at_ports.h"
#include "model/tlm/clock.h"
#include "model/tlm/timed_queue.h"
#include "model/tlm/translation_extension.h"
#include "model/walker/page_walk.h"

namespace nestwalk {

/// The L1 TLBs, data and instruction: where a request enters the MMU. A hit costs nothing; a miss
/// goes out on `translations`; the translated access goes on to `memory`, its address restored on
/// every way back. An access may not cross a 4K page: TLM_BURST_ERROR_RESPONSE.
///
/// AT: a hit passes a miss, but accesses of the same gVAs, one of them a write, go to memory in the
/// order they came in.
class L1TlbModule : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  using Payload = tlm::tlm_generic_payload;

  struct Statistics {
    HitStatistics data;
    HitStatistics instruction;
  };

  /// The plain walk for an address, without time or trace: for transport_dbg, DMI and free
  /// translation.
  using Probe = std::function<PageWalk(const TranslationContext&, GuestVirtual, Access)>;

  struct Config {
    L1TlbConfig data;
    L1TlbConfig instruction;
    uint64_t seed = 1;              ///< Of random replacement.
    bool free_translation = false;  ///< Misses are answered in no time, by `Probe`.
  };

  L1TlbModule(const sc_core::sc_module_name& name, const Config& config,
              const LatencyTable& latency, const Clock& clock, const ContextRegisters& registers,
              Probe probe);
  ~L1TlbModule() override;

  tlm::tlm_target_socket<64> cpu{"cpu"};         ///< Accesses by gVA.
  InitiatorSocket translations{"translations"};  ///< What misses here.
  InitiatorSocket memory{"memory"};              ///< Accesses by hPA.

  L1Tlb& tlb(AccessKind kind) {
    return kind == AccessKind::kExecute ? instruction_tlb_ : data_tlb_;
  }
  HitStatistics& hits(AccessKind kind) {
    return kind == AccessKind::kExecute ? statistics.instruction : statistics.data;
  }
  Statistics statistics;

  /// Withdraws DMI grants: a mapping may have changed.
  void withdraw_grants();

  size_t in_flight() const { return in_flight_.size() + blocking_; }

 private:
  class AddressGuard;
  class Inside;
  class Backward;

  enum class Step : uint8_t { kLookUp, kTranslated, kAccess, kAccessed };
  enum class State : uint8_t {
    kTranslating,
    kWaiting,   ///< Translated; an older access of the same bytes may have to go first.
    kAtMemory,  ///< Its address is the hPA.
  };
  /// The socket that owes a request's answer.
  enum class Asked : uint8_t { kNobody, kTranslations, kMemory };

  /// An AT request inside the MMU; the oldest is the first.
  struct InFlight {
    Payload* payload;
    TranslationExtension* extension;
    uint64_t address;  ///< gVA: the payload has the hPA while memory is accessed.
    Access asked;      ///< The initiator's: in the extension a write is a write while it is here.
    bool owns_extension;
    sc_core::sc_time began;
    ContextRegisters::Hold hold;
    State state;
    Asked asked_of = Asked::kNobody;
  };
  struct Due {
    Payload* payload = nullptr;
    Step step = Step::kLookUp;
  };

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload& payload) override;
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override;

  // What LT and AT share.
  /// Answers a request that cannot be translated as one.
  static bool refuse(Payload& payload);
  void enter(const Payload& payload, TranslationExtension& request, bool own_extension) const;
  bool look_up(Payload& payload, TranslationExtension& request, sc_core::sc_time& delay);
  void fill(const Payload& payload, const TranslationExtension& request);
  bool is_dirty_here(const Payload& payload, const TranslationExtension& request);
  void assist_dirty(Payload& payload, TranslationExtension& request, sc_core::sc_time& delay);
  bool translates_freely(Payload& payload, TranslationExtension& request);
  /// What the TLBs below or the walker have answered: D is set for a store that hit, the answer is
  /// kept.
  void take_answer(Payload& payload, TranslationExtension& request, sc_core::sc_time& delay);
  bool forwards(const TranslationExtension& request) const;
  /// Whether a grant may serve such an access, which then sets neither A nor D and asks for no
  /// right: they are set, and user and supervisor have it.
  bool is_open_to_all(GuestVirtual address, AccessKind kind) const;

  // AT.
  std::vector<InFlight>::iterator find_in_flight(const Payload& payload);
  void later(Payload& payload, Step step, const sc_core::sc_time& delay);
  void answered(Payload& payload, Asked by, Step next, const sc_core::sc_time& delay);
  void decide(Payload& payload);
  void translated(Payload& payload);
  void access(Payload& payload);
  bool is_behind_another(const InFlight& entry) const;
  void send_waiting();
  void respond(Payload& payload);
  void on_due();

  L1Tlb data_tlb_;
  L1Tlb instruction_tlb_;
  sc_core::sc_time dirty_assist_time_;
  const ContextRegisters& registers_;
  Probe probe_;
  bool free_translation_;
  bool granted_ = false;

  std::vector<InFlight> in_flight_;  ///< AT.
  size_t waiting_ = 0;               ///< Of those in flight.
  size_t blocking_ = 0;              ///< LT requests inside.
  TimedQueue<Due> due_;
  RequestPort translation_requests_;
  RequestPort memory_requests_;
  ResponsePort responses_;
  std::unique_ptr<Backward> translation_path_;
  std::unique_ptr<Backward> memory_path_;
};

}  // namespace nestwalk
