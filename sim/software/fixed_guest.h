// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/address/address.h"
#include "model/filter/escape_filter.h"
#include "model/memory/physical_memory.h"
#include "model/segment/segment_registers.h"
#include "sim/software/chunk_map.h"
#include "sim/software/frame_pool.h"
#include "sim/software/known_tables.h"
#include "sim/software/mapped_pages.h"
#include "sim/software/page_tables.h"
#include "sim/software/physical_space.h"
#include "sim/software/scattered_frames.h"
#include "sim/software/software_setup.h"

namespace nestwalk {

using GuestTables = PageTables<GuestVirtual, GuestPhysical>;
using NestedTables = PageTables<GuestPhysical, HostPhysical>;

/// Tells memory that the GiB from `area` on will fill with tables. Its first 2M are left out: a run
/// that has few tables would have the host clear large pages for nothing.
void expect_tables(PhysicalMemory& memory, HostPhysical area);

/// An address space of a guest and its registers.
struct FixedProcess {
  AddressLayout layout;
  GuestTables tables;
  GuestSegment segment;
  std::optional<EscapeFilter> filter;  ///< On the guest segment, if the machine has one.
  ChunkMap<GuestPhysical> chunks;      ///< Where each 1 GiB chunk lies. Never at 0: tables do.
  std::set<Pcid> pcids;                ///< That it has run under.
  std::optional<ScatteredFrames> scattered;  ///< Where in it a page lies, if not side by side.
};

/// A VM of the simple software side, or natively the machine: a contiguous block of host memory,
/// its processes, and the nested maps that a VMM keeps for it.
///
/// Guest memory, in this order: 1 GiB of page tables; for each process the chunks of its primary
/// region, of the ranges that the stream declares, and of what else it touches, in order of first
/// touch; at the high end more tables, should they need it. So a gVA gets the same gPA in every
/// mode and at every page size.
class FixedGuest {
 public:
  /// `vpid`: its number. `block`, `size`: its host memory, multiples of 1 GiB. `host_frames`: where
  /// nested tables go. All references must outlive the guest. Throws InputError if the block is too
  /// small.
  FixedGuest(Vpid vpid, const SoftwareSetup& config, PhysicalMemory& memory,
             FramePool<HostPhysical>& host_frames, HostPhysical block, uint64_t size);
  FixedGuest(const FixedGuest&) = delete;
  FixedGuest& operator=(const FixedGuest&) = delete;

  /// Has all other functions be about the VM's processor on this core. Each runs process 0 under
  /// nested map 0 at first.
  void select(size_t core);
  void run_process(uint64_t name, Pcid pcid);
  void run_nested(uint64_t name);
  /// Unset: it has no nested map of this name.
  std::optional<HostPhysical> nested_root(uint64_t name) const;

  FixedProcess& process() { return *cpu_->process; }
  const FixedProcess& process() const { return *cpu_->process; }
  Pcid pcid() const { return cpu_->pcid; }
  /// Whether another process has run under it.
  bool has_shared_pcid() const;
  NestedTables& nested() { return *cpu_->nested; }
  const NestedTables& nested() const { return *cpu_->nested; }
  MappedPages& mapped() { return cpu_->view->mapped; }
  KnownTables& known_tables() { return cpu_->view->tables; }
  void forget_mapped();

  /// Where the running process's page lies, natively in host memory. Gives its chunk a place at the
  /// first touch; throws InputError if none is left.
  GuestPhysical locate(GuestVirtual address);
  /// Where guest memory lies in host memory, bad frames aside.
  HostPhysical host(GuestPhysical address) const {
    return HostPhysical(address.value() + to_host_);
  }
  /// The other way.
  GuestPhysical guest(HostPhysical address) const {
    return GuestPhysical(address.value() - to_host_);
  }
  bool contains(GuestPhysical address) const { return address - base_ < size_; }

  /// The VMM segment that covers all guest memory.
  VmmSegment whole_segment() const { return {base_, base_ + size_, to_host_}; }

  VmmSegment vmm_segment;   ///< Its register.
  EscapeFilter vmm_filter;  ///< Beside it.

 private:
  /// What is known of a process under a nested map.
  struct View {
    explicit View(const PhysicalMemory& memory) : tables(memory) {}

    MappedPages mapped;
    KnownTables tables;
  };

  /// What the VM runs on one core.
  struct VirtualCpu {
    uint64_t process_name = 0;
    uint64_t nested_name = 0;
    Pcid pcid{0};
    FixedProcess* process = nullptr;
    NestedTables* nested = nullptr;
    View* view = nullptr;
  };

  FixedProcess& make_process(uint64_t name);
  NestedTables& nested(uint64_t name);
  void reserve(FixedProcess& process, const VirtualRange& range);
  void reserve_contiguous(FixedProcess& process, const VirtualRange& range);
  GuestSegment primary_segment(FixedProcess& process) const;
  void refresh_view();

  Vpid vpid_;
  const SoftwareSetup& config_;
  PhysicalMemory& memory_;
  FramePool<HostPhysical>& host_frames_;
  GuestPhysical base_;
  uint64_t size_;
  uint64_t to_host_;
  PhysicalSpace<GuestPhysical> space_;
  FramePool<GuestPhysical> table_frames_;

  std::map<uint64_t, FixedProcess> processes_;
  std::map<uint64_t, NestedTables> nested_maps_;
  std::map<std::pair<uint64_t, uint64_t>, View> views_;  ///< By process and nested map.
  std::map<size_t, VirtualCpu> cpus_;                    ///< By core.
  VirtualCpu* cpu_ = nullptr;
};

}  // namespace nestwalk
