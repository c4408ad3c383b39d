// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/address/virtual_range.h"
#include "model/memory/physical_memory.h"
#include "model/translation/fault.h"
#include "sim/config/config.h"
#include "sim/config/schedule.h"
#include "sim/software/frame_contents.h"
#include "sim/software/managed_vm.h"
#include "sim/software/mmu_port.h"
#include "sim/software/software_report.h"
#include "sim/software/software_setup.h"
#include "sim/software/system_software.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// What the managed software side needs to know of a run, whose mode is virtualized and the one
/// that the policy strives for. Streams beside the first and scattered frames it does not know.
struct ManagedSoftwareSetup : SoftwareSetup {
  ManagedSoftwareConfig managed;
};

/// The software side whose memory fragments, and which does something about it (spec 3): hosts, VMs
/// with their guest OSs, and between two references the work and the requests of the schedule.
///
/// Its parts change tables and registers; here, after each step, the MMUs are told of it.
class ManagedSoftware : public SystemSoftware {
 public:
  /// `memory` has `managed_memory_size` bytes, is all 0, and outlives the software.
  ManagedSoftware(const ManagedSoftwareSetup& setup, PhysicalMemory& memory);
  ~ManagedSoftware() override;

  void serve(GuestVirtual address, Access access) override;
  void attach(MmuPort& port) override { port_ = &port; }
  uint64_t next_action() const override;
  void act(uint64_t references) override;
  void stand_at(uint64_t references) override { ledger_.set_reference(references); }
  uint64_t operation_cycles() const override { return ledger_.cycles(); }
  bool changes_mappings() const override { return true; }
  bool watches_stores() const override { return watches_stores_; }
  void stored(GuestVirtual address, HostPhysical place) override;
  std::optional<SoftwareReport> report() const override;

  const TranslationContext& switch_process(uint64_t name, Pcid pcid) override;
  const TranslationContext& switch_vm(Vpid vpid) override;
  const TranslationContext& set_nested_root(uint64_t name) override;
  std::optional<HostPhysical> nested_root(uint64_t name) const override;
  /// The policy owns the segments: these throw InputError.
  const TranslationContext& set_guest_segment(const GuestSegment& segment) override;
  const TranslationContext& set_vmm_segment(const VmmSegment& segment) override;
  const TranslationContext& insert_guest_escape(uint64_t page) override;
  const TranslationContext& clear_guest_escapes() override;
  const TranslationContext& insert_vmm_escape(uint64_t page) override;
  const TranslationContext& clear_vmm_escapes() override;

  /// What runs, for those who look on.
  ManagedVm& running_vm() { return *vm_; }
  const Ledger& ledger() const { return ledger_; }
  FrameContents& contents() { return contents_; }

  /// Tells the MMUs what has changed since the last time.
  void publish();

 private:
  /// Which pages of a VM are known to translate: by process and nested map.
  using MappedByName = std::map<std::pair<uint64_t, uint64_t>, MappedPages>;

  ManagedVm& make_vm(Vpid vpid);
  ManagedVm& vm(Vpid vpid) { return *vms_.at(vpid); }
  HostMemory& host(size_t number);
  void choose_bad_pages();
  bool spoil_frames_of(GuestVirtual page, PageSize size);
  void spoil_segment_frames();
  void resolve(const Fault& fault, GuestVirtual address);
  void perform(const ScheduledRequest& request);
  void migrate();
  void publish(ManagedVm& vm);
  void publish_process(ManagedVm& vm, uint64_t name, GuestProcess& process);
  void publish_level(bool running, bool segment, bool filter, Vpid vpid,
                     void (MmuPort::*write_segment)(const TranslationContext&),
                     void (MmuPort::*write_filter)(const TranslationContext&));
  const TranslationContext& load_registers();
  void refresh_mapped();

  ManagedSoftwareSetup setup_;
  PhysicalMemory& memory_;
  FrameContents contents_;
  Ledger ledger_;
  std::deque<std::optional<HostMemory>> hosts_;
  std::map<Vpid, std::unique_ptr<ManagedVm>> vms_;
  std::map<Vpid, MappedByName> mapped_pages_;
  std::map<Vpid, uint64_t> running_process_;
  Vpid vpid_{1};
  ManagedVm* vm_ = nullptr;
  MmuPort* port_ = nullptr;
  std::vector<ScheduledRequest> schedule_;
  size_t next_request_ = 0;
  uint64_t next_work_ = 0;
  uint64_t references_ = 0;
  std::set<GuestVirtual> bad_pages_;  ///< Of the first process, whose frame is yet to turn out bad.
  bool watches_stores_ = false;
  uint64_t stores_ = 0;
};

/// Bytes of simulated memory: two hosts.
uint64_t managed_memory_size(const Config& config);

/// The managed software side for a run. Throws InputError where configuration and stream do not
/// fit.
std::unique_ptr<ManagedSoftware> make_managed_software(const Config& config, const Stream& stream,
                                                       PhysicalMemory& memory);

}  // namespace nestwalk
