// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/memory/memory_system_module.h"
#include "model/mmu/fused_path.h"
#include "model/mmu/mmu.h"
#include "model/tlm/persistent_payload.h"
#include "model/tlm/translation_extension.h"
#include "sim/processor/l1_hit_path.h"
#include "sim/processor/processor_config.h"
#include "sim/processor/processor_counters.h"
#include "sim/processor/recent_pages.h"
#include "sim/software/system_software.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// One core of a TraceProcessor: an initiator that sends accesses and measures what they took.
/// Transactions carry no data (TLM_IGNORE_COMMAND): a trace has addresses, not values.
class ProcessorCore : private tlm::tlm_bw_transport_if<> {
 public:
  /// `mmu` and core `number` of `memory`: what the socket will be bound to.
  ProcessorCore(size_t number, const ProcessorConfig& config, const Clock& clock, Mmu& mmu,
                MemorySystem& memory, SystemSoftware& software);

  size_t number() const { return number_; }

  InitiatorSocket socket;
  ProcessorCounters counters;
  /// Execution time by the counters, and with translation free (spec 2.6).
  uint64_t cycles() const { return ideal_cycles() + counters.stall; }
  uint64_t ideal_cycles() const { return counters.ideal_cycles(pace_.cpi, pace_.exposed); }
  L1HitPath l1_hit_path;

  /// Lets the software map the page if it is not, this core selected; returns whether it had to.
  /// Counts its cycles.
  bool serve(GuestVirtual address, Access access);

  // LT: an access is one call.

  /// Settles references from `first` on as long as they need no transaction; returns how many, and
  /// adds them to `issued`, also where it throws.
  size_t settle(const Reference* first, const Reference* last, uint64_t& issued);
  /// One access within a page.
  void access(GuestVirtual address, Access access, uint8_t size);
  /// Brings the local time up to the counters; returns the time to wait for if the quantum is over.
  /// Throws as `advance`.
  sc_core::sc_time catch_up();

  /// Translates one address after the run, data not accessed; the answer with its time. Throws as
  /// `require_no_fault`.
  const TranslationExtension& translate(GuestVirtual address, Access access);

  // AT: a hit takes no time; any other access is issued, and its answer comes when it comes.

  /// Settles an access that hits L1 TLB and L1D; false: it does not, or must set D.
  bool settle_hit(GuestVirtual address, bool store);

  /// Transactions issued so far, of whatever kind.
  uint64_t issued() const { return issued_; }
  bool is_full() const { return in_flight_ == slots_.size(); }
  size_t in_flight() const { return in_flight_; }
  const sc_core::sc_event& answered() const { return answered_; }
  /// The address is mapped.
  void issue(GuestVirtual address, Access access, uint8_t size);
  /// Throws if an access has faulted: InputError if the stream is to blame, else std::logic_error.
  void require_no_fault() const;
  /// When the last answer came.
  const sc_core::sc_time& last_answer() const { return last_answer_; }

  /// When the core is ready for its next reference.
  sc_core::sc_time ready;
  /// Moves `ready` on by the instructions, control operations and software counted since. Throws
  /// std::overflow_error past the end of simulated time.
  void advance();
  /// Counts the instructions up to the core's next element, and moves on by them: `pending` until
  /// `made` says that the element is. Another core may end the region of interest in between.
  void approach(uint32_t instructions);
  void made() { pending_ = {}; }
  /// The core has not come so far: neither are they counted nor have they taken time. Returns them.
  uint32_t take_back();

  /// The region of interest begins: counters start over, time goes on.
  void start_over();

 private:
  using Payload = tlm::tlm_generic_payload;

  struct Pending {
    uint32_t instructions = 0;
    uint64_t cycles = 0;
  };

  /// A reference in flight.
  struct Slot {
    bool busy = false;
    bool fetch = false;
    sc_core::sc_time began;
    TranslationExtension extension;
    PersistentPayload payload;
  };

  /// L1 TLB hits of loads and stores within a page, and what follows them.
  struct Hits {
    const Reference* end;  ///< The first reference that is none.
    bool miss = false;     ///< `end` is a load or store within a page.
    bool absent = false;   ///< Of whose page the whole TLB is known to have no entry.
  };

  void prepare(Slot& slot, GuestVirtual address, Access access, uint8_t size);
  bool is_fused() const { return config_.fast_path && fused_path_.serves(); }
  const Reference* look_ahead(const Reference* begin, const Reference* end,
                              const Reference* last) const;
  void settle_fused(const Reference*& end, const Reference* last);
  void read_recent(const L1Tlb::View& view);
  void follow(const L1Tlb::View& view, GuestVirtual address);
  Hits skip_hits(const L1Tlb::View& view, const Reference* one, const Reference* last);
  Hits access_hits(const L1Tlb::View& view, const Reference* one, const Reference* last);
  bool access_recent(const L1Tlb::View& view, const Reference& reference);
  /// Accesses data in the page of a TLB entry.
  void access_page(const TlbEntry& entry, const Reference& reference);
  void settle_hits(const Reference*& end, const Reference* last);
  void transact(GuestVirtual address, Access access, uint8_t size);
  /// `serve` whose cycles are counted elsewhere.
  bool serve_uncounted(GuestVirtual address, Access access);
  /// That the software has taken so far, for all cores.
  uint64_t software_cycles() const;
  /// `absent`: as for FusedPath::translate. Returns whether the software had to do anything; its
  /// cycles are not counted.
  bool access_fused(GuestVirtual address, Access access, bool absent);
  void account(const Slot& slot, const sc_core::sc_time& took);
  void count_translation(uint64_t cycles, bool fetch);
  void count_data(uint64_t cycles, uint64_t accesses);
  void count_fused(bool fetch, uint64_t software_before);
  void answer(Payload& payload);

  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  size_t number_;
  bool alone_;  ///< There is no other core.
  const ProcessorConfig& config_;
  ProcessorConfig::Pace pace_;
  Clock clock_;
  SystemSoftware& software_;
  bool watched_;  ///< The software side looks at stores; then LT has no fast path.
  FusedPath fused_path_;
  RecentPages recent_;
  std::optional<uint32_t> recent_epoch_;  ///< Of `recent_`; unset: others may have changed entries.
  Cycles l1d_cycles_;  ///< Of an access that hits the L1D: not counted as data time.

  std::optional<GuestVirtual> faulted_;  ///< An address that the software had mapped.

  std::vector<std::unique_ptr<Slot>> slots_;
  uint64_t issued_ = 0;
  size_t in_flight_ = 0;
  sc_core::sc_event answered_;
  sc_core::sc_time last_answer_;
  sc_core::sc_time local_;     ///< LT: ahead of the kernel.
  uint64_t timed_cycles_ = 0;  ///< Of the counters, what `local_` or `ready` holds.
  Pending pending_;
};

}  // namespace nestwalk
