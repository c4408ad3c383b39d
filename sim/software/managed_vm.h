// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/software/guest/guest_memory.h"
#include "sim/software/guest/guest_process.h"
#include "sim/software/guest/self_ballooning.h"
#include "sim/software/mapped_pages.h"
#include "sim/software/policy/mode_policy.h"
#include "sim/software/vmm/compaction.h"
#include "sim/software/vmm/live_migration.h"
#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// What the mode policy may use.
struct ModePolicyConfig {
  Mode wanted = Mode::kBaseVirtualized;
  bool guest_direct_segments = true;
  bool vmm_direct_segments = true;
  bool compaction = true;
  bool self_ballooning = true;
  uint64_t compaction_slice = 64;
  uint64_t balloon_slice = 1024;
};

/// One VM with its guest OS: the parts that work on its memory, and the mode policy that sets them
/// to work. Without SystemC, and without knowing MMUs: what changed is asked of its parts.
class ManagedVm {
 public:
  ManagedVm(Vpid vpid, const VirtualMachineConfig& vm, const GuestProcessConfig& process,
            const FragmentationConfig& fragmentation, uint64_t seed, const ModePolicyConfig& policy,
            HostMemory& host, Ledger& ledger, Compaction::FindVm find_vm);
  ManagedVm(const ManagedVm&) = delete;
  ManagedVm& operator=(const ManagedVm&) = delete;

  VirtualMachine& vm() { return vm_; }
  const VirtualMachine& vm() const { return vm_; }
  GuestMemory& memory() { return memory_; }
  const GuestMemory& memory() const { return memory_; }
  GuestProcess& process() { return *process_; }
  const GuestProcess& process() const { return *process_; }
  uint64_t nested_map() const { return nested_map_; }
  Mode mode() const {
    return virtualized_mode(process_->segment().enabled(), vm_.segment().enabled());
  }

  /// Makes a process of the name at its first use, and takes every step towards the wanted mode
  /// that costs nothing.
  void run_process(uint64_t name, Pcid pcid);
  /// Notes the mode if it is another than was noted last.
  void note_mode();
  void run_nested_map(uint64_t name) { nested_map_ = name; }
  template <class Visit>
  void for_each_process(Visit visit) {
    for (auto& [name, process] : processes_) visit(name, process);
  }

  /// Whether `work` has something to do, or may come to have: a segment that is wanted is off.
  bool has_work() const;
  /// A slice of what is under way, and the policy's next steps.
  void work();

  // ---- Requests (spec 3): done outside the segments, or as configured

  /// The guest gives pages back; returns how many.
  uint64_t balloon(uint64_t pages);
  uint64_t deflate(uint64_t pages);
  /// The VMM swaps pages out, those not used lately first.
  uint64_t swap_out(uint64_t pages);
  uint64_t guest_swap_out(uint64_t pages);
  /// False: refused, or one is under way.
  bool begin_migration(HostMemory& destination, const LiveMigrationConfig& config, uint64_t slice);
  bool grow_region(uint64_t bytes);
  bool shrink_region(uint64_t bytes);

  const std::vector<LiveMigrationReport>& migrations() const { return migrations_; }

 private:
  ModeSituation situation() const;
  bool wants_guest_segment() const;
  bool wants_vmm_segment() const;
  bool may_reclaim_gap() const;
  bool is_vmm_on() const;
  void settle_mode();
  bool take_step(ModeStep step);
  void advance_ballooning();
  void end_ballooning(const std::string& what);
  bool give_up_ballooning();
  void advance_compaction();
  void advance_migration();
  void give_up_blocks();
  void look_again();
  void note(const std::string& what);

  Vpid vpid_;
  GuestProcessConfig process_config_;
  ModePolicyConfig policy_;
  Ledger& ledger_;
  Compaction::FindVm find_vm_;
  VirtualMachine vm_;
  GuestMemory memory_;
  std::map<uint64_t, GuestProcess> processes_;
  GuestProcess* process_ = nullptr;
  uint64_t nested_map_ = 0;

  // Whether trying is worth it: off after a failure, on when memory has changed.
  bool try_guest_block_ = true;
  bool try_vmm_block_ = true;
  bool try_gap_ = true;
  bool try_balloon_ = true;
  bool try_compaction_ = true;
  int stuck_compactions_ = 0;

  std::optional<SelfBallooning> ballooning_;
  std::optional<Compaction> compaction_;
  std::optional<LiveMigration> migration_;
  uint64_t migration_slice_ = 0;
  std::vector<LiveMigrationReport> migrations_;
  uint64_t hand_ = 0;  ///< Guest frame behind which looking for pages to swap out goes on.
  std::optional<Mode> noted_mode_;
};

}  // namespace nestwalk
