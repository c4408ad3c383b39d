// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/software/bad_frames.h"
#include "sim/software/fixed_guest.h"
#include "sim/software/software_setup.h"
#include "sim/software/system_software.h"

namespace nestwalk {

/// The simple software side: enough to run any stream in any mode. Memory is never fragmented, and
/// each 1 GiB of gVA is one contiguous GiB of gPA and of hPA; pages are mapped when they are
/// touched and stay. doc/software.md has the layout.
class FixedSoftware : public SystemSoftware {
 public:
  /// `memory` has `fixed_memory_size` bytes, is all 0, and outlives the software, which writes
  /// tables into it and reads them back. Throws InputError if memory is too small for what the
  /// stream declares, or has fewer frames than are to be bad.
  FixedSoftware(const SoftwareSetup& config, PhysicalMemory& memory);

  void serve(GuestVirtual address, Access access) override;

  const TranslationContext& select(size_t core) override;
  bool tells_cores_apart() const override { return true; }
  bool has_other_pcids() const override { return guest_->process().pcids.size() > 1; }
  bool has_shared_pcid() const override { return guest_->has_shared_pcid(); }
  const TranslationContext& switch_process(uint64_t name, Pcid pcid) override;
  const TranslationContext& switch_vm(Vpid vpid) override;
  const TranslationContext& set_nested_root(uint64_t name) override;
  std::optional<HostPhysical> nested_root(uint64_t name) const override;
  const TranslationContext& set_guest_segment(const GuestSegment& segment) override;
  const TranslationContext& set_vmm_segment(const VmmSegment& segment) override;
  const TranslationContext& insert_guest_escape(uint64_t page) override;
  const TranslationContext& clear_guest_escapes() override;
  const TranslationContext& insert_vmm_escape(uint64_t page) override;
  const TranslationContext& clear_vmm_escapes() override;
  /// Forgets what is mapped in the running VM (not the tables): every page is served anew, which
  /// counts nothing if nothing is missing.
  void forget_mapped();
  HostPhysical without_bad_pages(HostPhysical frame) const override {
    return bad_frames_.replaced_by(frame);
  }
  PageSize page_without_bad_pages(GuestVirtual address, PageSize) const override {
    return wanted_size(address);
  }

 private:
  /// Where the guest's half of a translation leads, and the size of the page around it for which
  /// the same holds.
  struct GuestMapping {
    GuestPhysical address;
    PageSize size;
  };

  Vpid first_vm() const;
  FixedGuest& make_guest(Vpid vpid);
  void choose_bad_frames();
  const TranslationContext& load_registers();
  const TranslationContext& reload_registers();
  EscapeFilter& guest_filter();
  EscapeFilter& vmm_filter();

  bool serve_in_known_tables(GuestVirtual address);
  void remember_tables(GuestVirtual address, GuestPhysical place);
  void remember_entries_above(GuestVirtual address, RegionTables& known) const;
  GuestMapping map_guest(GuestVirtual address);
  void map_tables(GuestVirtual address);
  PageSize map_nested(GuestPhysical address);
  PageSize wanted_size(GuestVirtual address) const;
  PageSize mapped_size(GuestVirtual address, GuestPhysical place) const;

  SoftwareSetup config_;
  PhysicalMemory& memory_;
  bool virtualized_;
  PhysicalSpace<HostPhysical> host_space_;
  FramePool<HostPhysical> host_frames_;   ///< Of nested tables.
  FramePool<HostPhysical> spare_frames_;  ///< That replace bad ones.
  BadFrames bad_frames_;
  std::map<Vpid, FixedGuest> guests_;
  std::vector<Vpid> running_;    ///< The VM that each core runs, by number.
  size_t core_ = 0;              ///< The selected one.
  FixedGuest* guest_ = nullptr;  ///< Its VM, that core selected there too.
};

/// Bytes of simulated memory: all that MAXPHYADDR reaches, at most 8 TiB.
uint64_t fixed_memory_size(const PagingConfig& paging);

/// The simple software side for a run. `memory` as for the constructor.
std::unique_ptr<FixedSoftware> make_fixed_software(const Config& config, const Stream& stream,
                                                   const std::vector<Stream*>& beside,
                                                   PhysicalMemory& memory);

}  // namespace nestwalk
