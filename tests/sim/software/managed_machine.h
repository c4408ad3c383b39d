// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "model/verification/latency_memory.h"
#include "model/verification/test_initiator.h"
#include "model/walker/plain_walk.h"
#include "sim/config/words.h"
#include "sim/processor/control.h"
#include "sim/software/managed_software.h"
#include "tests/sim/software/software_machine.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {

inline constexpr uint64_t kManagedRegion = uint64_t{0x1000} << 32;

/// A small VM on a small host, both in one piece; a region of 16 MiB.
inline ManagedSoftwareSetup managed_setup(Mode mode) {
  ManagedSoftwareSetup setup;
  setup.mode = mode;
  setup.paging.pages = {GuestPages::k4K, PageSize::k4K};
  setup.primary_region = range(kManagedRegion, 16 * kMiB);
  setup.ranges = {*setup.primary_region};
  setup.managed.guest_memory = 64 * kMiB;
  setup.managed.host_memory = 256 * kMiB;
  setup.managed.interval = 100;
  return setup;
}

/// An MMU that runs on a ManagedSoftware, and programs whose memory is checked word by word: a load
/// must find, at the host address that the MMU gives, what the last store to that guest address
/// wrote, at the address that the MMU gave then.
class ManagedMachine {
 public:
  explicit ManagedMachine(const ManagedSoftwareSetup& setup, const MmuConfig& config = {})
      : memory_(2 * setup.managed.host_memory),
        software(setup, memory_),
        mmu("mmu", config, clock_),
        tables_("tables", {0, 1}, clock_, 2, memory_),
        initiator_("initiator", TestInitiator::Protocol::kBlocking, clock_),
        control_(software, {&mmu}, {}) {
    initiator_.socket.bind(mmu.cpu());
    mmu.memory().bind(tables_.socket(0));
    mmu.tables().bind(tables_.socket(1));
    software.attach(control_);
    mmu.load_vm(software.context());
    note_mode();
  }

  void store(GuestVirtual address) {
    const HostPhysical place = access(address, AccessKind::kWrite);
    // Every third page mostly gets the same word: pages that can be shared, until they differ.
    ++stores_;
    const uint64_t value = address.page() % 3 == 0 && stores_ % 8 != 0 ? 7 : stores_ + 7;
    expected_[key(address)] = value;
    software.contents().write(word_of(place), value);
    proceed();
  }
  void load(GuestVirtual address) {
    const HostPhysical place = access(address, AccessKind::kRead);
    const auto known = expected_.find(key(address));
    const uint64_t wanted = known == expected_.end() ? 0 : known->second;
    const uint64_t found = memory_.read(word_of(place));
    if (found != wanted && failure.empty())
      failure = "after " + std::to_string(references) + " references a load of " +
                std::to_string(address.value()) + " found " + std::to_string(found) +
                ", expected " + std::to_string(wanted);
    proceed();
  }

  void control(ControlOperation operation, uint64_t operand = 0) {
    control_.apply({operand, 1, 0, static_cast<uint8_t>(operation), ReferenceKind::kControl}, 0);
    if (operation == ControlOperation::kCr3) process_[vpid_] = operand << 1 >> 13;
    if (operation == ControlOperation::kVpid) vpid_ = operand;
    note_mode();
  }

  /// `count` loads and stores at random in a range.
  void run(const VirtualRange& in, uint64_t count, uint64_t seed = 1) {
    for (const GuestVirtual address : random_addresses(in, count, seed)) {
      if (address.value() >> 3 & 1)
        store(address);
      else
        load(address);
    }
  }
  /// Every page of a range once.
  void touch(const VirtualRange& in) {
    for (GuestVirtual page = in.base; page < in.limit; page = page + 4096) store(page);
  }
  /// All that was ever stored by the running process is there.
  void check_all() {
    const std::map<Key, uint64_t> all = expected_;
    for (const auto& [key, value] : all)
      if (std::get<0>(key) == vpid_ && std::get<1>(key) == process_[vpid_])
        load(GuestVirtual(std::get<2>(key)));
  }

  Mode mode() { return software.running_vm().mode(); }
  const TranslationContext& registers() const { return mmu.context(); }
  /// The modes that the MMU was in, in their order.
  std::string modes() const {
    std::string text;
    for (const Mode one : modes_) text += (text.empty() ? "" : " ") + std::string(to_string(one));
    return text;
  }
  bool has_event(const std::string& part) const {
    for (const SoftwareEvent& event : software.ledger().events())
      if (event.what.find(part) != std::string::npos) return true;
    return false;
  }
  std::string events() const {
    std::string text;
    for (const SoftwareEvent& event : software.ledger().events())
      text += std::to_string(event.reference) + ": " + event.what + "\n";
    return text;
  }

 private:
  PhysicalMemory memory_;
  Clock clock_;

 public:
  ManagedSoftware software;
  Mmu mmu;
  std::string failure;
  uint64_t references = 0;

 private:
  using Key = std::tuple<uint64_t, uint64_t, uint64_t>;  ///< VM, process, word.

  static HostPhysical word_of(HostPhysical place) { return HostPhysical(place.value() & ~7ULL); }
  Key key(GuestVirtual address) { return {vpid_, process_[vpid_], address.value() & ~7ULL}; }

  HostPhysical access(GuestVirtual address, AccessKind kind) {
    const bool store = kind == AccessKind::kWrite;
    if (!software.is_mapped(address, store)) software.serve(address, {kind, true});
    const PageWalk walk = walk_plain(software.context(), address, {kind, true},
                                     [this](HostPhysical entry) { return memory_.read(entry); });
    TimedAccess asked;
    asked.issue = clock_.count(sc_core::sc_time_stamp());
    asked.kind = kind;
    asked.address = address;
    asked.length = 1;
    asked.translate_only = true;
    const size_t number = initiator_.access(asked);
    sc_core::sc_start();
    const TimedAnswer& answer = initiator_.answer(number);
    if (failure.empty() && (answer.fault || walk.fault()))
      failure = std::string(walk.fault() ? "a served address" : "only the MMU") + " faults after " +
                std::to_string(references) + " references, kind " +
                std::to_string(static_cast<int>(answer.fault.kind)) + ", code " +
                std::to_string(answer.fault.code) + " for kind of access " +
                std::to_string(static_cast<int>(kind));
    else if (failure.empty() && answer.translation.address != walk.translation().address)
      failure = "the MMU answers otherwise than a plain walk after " + std::to_string(references);
    return answer.translation.address;
  }

  /// Between two references.
  void proceed() {
    ++references;
    if (references >= software.next_action()) software.act(references);
    note_mode();
  }

  void note_mode() {
    const TranslationContext& context = mmu.context();
    const Mode now =
        virtualized_mode(context.guest_segment.enabled(), context.vmm_segment.enabled());
    if (modes_.empty() || modes_.back() != now) modes_.push_back(now);
  }

  LatencyMemory tables_;
  TestInitiator initiator_;
  Control control_;
  std::map<Key, uint64_t> expected_;
  std::map<uint64_t, uint64_t> process_;
  uint64_t vpid_ = 1;
  uint64_t stores_ = 0;
  std::vector<Mode> modes_;
};

}  // namespace nestwalk::test
