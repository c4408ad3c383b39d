// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/timing/latency_table.h"
#include "model/tlm/at_ports.h"
#include "model/tlm/clock.h"
#include "model/tlm/direct_memory.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/memory_extension.h"
#include "model/tlm/persistent_payload.h"
#include "model/tlm/timed_queue.h"
#include "model/tlm/translation_extension.h"
#include "model/walker/page_walk.h"
#include "model/walker/walk_observer.h"
#include "model/walker/walk_statistics.h"
#include "model/walker/walker_config.h"

namespace nestwalk {

/// The page walker: drives `PageWalk` state machines through its sockets, one for each walk in
/// flight. LT: a walk is one b_transport. AT: requests wait in a queue for a free walker; a request
/// for a page that is being walked, or waits to be, joins that walk.
class PageWalker : public sc_core::sc_module,
                   private tlm::tlm_fw_transport_if<>,
                   private tlm::tlm_bw_transport_if<> {
 public:
  PageWalker(const sc_core::sc_module_name& name, const WalkerConfig& config,
             const WalkStructures& asked, const LatencyTable& latency, const Clock& clock,
             const uint32_t& epoch);
  ~PageWalker() override;

  tlm::tlm_target_socket<64> requests{"requests"};  ///< Translations that every TLB missed.
  InitiatorSocket tables{"tables"};                 ///< Reads of table entries.
  InitiatorSocket segments{"segments"};             ///< To SegmentUnitModule::checks.
  InitiatorSocket structures{"structures"};         ///< To StructureCaches::look_ups.
  InitiatorSocket nested_tlb{"nested_tlb"};         ///< To L2TlbModule::nested or a dedicated one.

  WalkStatistics statistics;        ///< Of data references.
  WalkStatistics fetch_statistics;  ///< Of instruction fetches.

  /// Is told every step of every walk; nullptr: none.
  void observe(WalkObserver* observer) { observer_ = observer; }
  bool is_observed() const { return observer_ != nullptr; }

  /// A plain walk with neither timing nor traces.
  PageWalk probe(const TranslationContext& context, GuestVirtual address, Access access);

  /// Requests queued and walks in flight, for the watchdog.
  size_t queued() const { return queue_.size() + (blocked_.has_value() ? 1 : 0); }
  size_t walking() const;

 private:
  using Payload = tlm::tlm_generic_payload;

  struct TableRead {
    int guest_level;
    int nested_level;
    MemoryLevel from;
  };

  /// A request that waits for a walk.
  struct Queued {
    Payload* request;
    sc_core::sc_time arrived;
  };

  /// A walk in flight.
  struct Walk {
    Walk();

    PageWalk machine;
    Payload* request = nullptr;             ///< nullptr: this walker is free.
    TranslationExtension* asked = nullptr;  ///< The request's.
    std::vector<Queued> merged;             ///< Requests that wait for the same answer.
    uint64_t waited = 0;                    ///< Cycles in the queue.
    std::vector<TableRead> reads;           ///< Counted at the end, if it does not fault.
    sc_core::sc_time began;
    sc_core::sc_time read_began;
    uint64_t entry = 0;
    MemoryExtension served;
    PersistentPayload read;     ///< Of the table entry.
    bool reads_entry = false;   ///< AT: an answer to it is due.
    PersistentPayload look_up;  ///< On the side; each has its own, as it may be made to wait.
    SegmentCheckExtension segment;
    StructureExtension structure;
    NestedExtension nested;
  };

  class Taken;

  enum class Step : uint8_t { kArrive, kContinue, kFinish };
  struct Due {
    Step step = Step::kArrive;
    Payload* request = nullptr;
    Walk* walk = nullptr;
  };

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return reads_.receive(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override { contents_.invalidate(); }

  // What LT and AT share: everything but the waiting.
  void begin(Walk& walk, Payload& request, uint64_t waited);
  PageWalk::Need settle(Walk& walk, sc_core::sc_time& delay);
  void look_up_segment(Walk& walk, Dimension dimension, uint64_t address, PageSize at_most,
                       sc_core::sc_time& delay);
  void look_up_structure(Walk& walk, Dimension dimension, uint64_t address,
                         sc_core::sc_time& delay);
  void keep_structure(Walk& walk, Dimension dimension, uint64_t address);
  void look_up_nested(Walk& walk, sc_core::sc_time& delay);
  void keep_nested(Walk& walk);
  /// Whether no register or table has changed since the request entered. If one has, the walk
  /// leaves nothing in any structure, and takes nothing that others have left there since.
  bool is_current(const Walk& walk) const;
  void prepare_read(Walk& walk, const sc_core::sc_time& now);
  void take_entry(Walk& walk, const sc_core::sc_time& now);
  void answer(const Walk& walk, Payload& request, TranslationSource source);
  void count(const Walk& walk, const sc_core::sc_time& duration);
  void note(const Walk& walk, PageWalk::Need need, const sc_core::sc_time& duration);
  static LookUpResult found(const Walk& walk, PageWalk::Need need);
  void set_bits(HostPhysical entry, uint64_t bits);
  void assist_dirty(Payload& request);
  Walk& idle_walk();

  // AT.
  void arrive(Payload& request);
  bool join(Payload& request);
  bool same_page(Payload& a, Payload& b) const;
  void start_queued();
  void take_along(Walk& walk);
  bool has_room() const;
  void admit_blocked();
  void go_on(Walk& walk);
  void entry_arrived(const Payload& read, const sc_core::sc_time& delay);
  void finish(Walk& walk);
  void finish_merged(const Walk& walk, const Queued& merged);
  void respond(Payload& request);
  void on_due();

  WalkStatistics& statistics_of(const TranslationExtension& request) {
    return request.access.kind == AccessKind::kExecute ? fetch_statistics : statistics;
  }
  static TranslationExtension& extension(Payload& request) {
    return TranslationExtension::of_request(request);
  }

  WalkerConfig config_;
  WalkStructures structures_;
  Clock clock_;
  sc_core::sc_time ad_update_time_;
  const uint32_t& epoch_;
  WalkObserver* observer_ = nullptr;

  std::vector<std::unique_ptr<Walk>> walks_;           ///< AT.
  std::vector<std::unique_ptr<Walk>> blocking_walks_;  ///< LT.
  std::deque<Queued> queue_;
  uint32_t arriving_ = 0;          ///< Accepted, not yet arrived.
  std::optional<Queued> blocked_;  ///< Accepted when the queue has room again: its END_REQ is owed.
  RequestPort reads_;
  ResponsePort responses_;
  TimedQueue<Due> due_;
  DirectMemory contents_{tables};
};

}  // namespace nestwalk
