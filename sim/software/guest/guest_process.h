// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "model/address/address.h"
#include "model/address/space_id.h"
#include "model/address/virtual_range.h"
#include "model/paging/paging_mode.h"
#include "model/paging/x86_entry.h"
#include "sim/config/pages.h"
#include "sim/software/frame_contents.h"
#include "sim/software/guest/guest_memory.h"
#include "sim/software/radix_tables.h"
#include "sim/software/segment_level.h"
#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// Guest page tables lie in guest memory: the guest writes them there as it writes anything.
class GuestTableStore {
 public:
  GuestTableStore(GuestMemory& memory, VirtualMachine& vm) : memory_(memory), vm_(vm) {}

  uint64_t read(GuestPhysical address) const { return vm_.read(address); }
  void write(GuestPhysical address, uint64_t word) { vm_.write(address, word); }
  /// Throws InputError if guest memory is full.
  GuestPhysical take_table();
  void give_table(GuestPhysical table) { memory_.give_table(table.page()); }

 private:
  GuestMemory& memory_;
  VirtualMachine& vm_;
};

using ManagedGuestTables = RadixTables<GuestVirtual, GuestPhysical, GuestTableStore>;

/// What the guest OS needs to know of a process.
struct GuestProcessConfig {
  GuestPaging paging;  ///< `root` is not looked at.
  GuestPages pages = GuestPages::k4K;
  std::vector<VirtualRange> areas;     ///< What it may use (VMAs), ascending; empty: anything.
  std::optional<VirtualRange> region;  ///< What a segment is to cover; 4 KiB aligned.
  std::optional<FilterConfig> filter;  ///< On the guest segment; unset: none.
  uint64_t most_escapes = 16;          ///< By operations.
  LimitAction swapping = LimitAction::kLeave;
  /// A 2M page may be collapsed from so many 4K pages at least.
  uint64_t collapse_at = 256;
};

/// An address space of the guest: demand paging, what is swapped out, and the primary region with
/// the contiguous frames and the segment that it may have.
///
/// Changes are made in tables and registers at once. Whoever calls asks afterwards what MMUs must
/// be told: `take_changes`.
class GuestProcess {
 public:
  using Level = SegmentLevel<GuestVirtual, GuestPhysical>;

  struct Changes : Level::Changes {
    std::vector<GuestVirtual> pages;  ///< Pages whose entries may be in use: INVPCID each.
  };

  GuestProcess(Pcid pcid, const GuestProcessConfig& config, GuestMemory& memory, VirtualMachine& vm,
               Ledger& ledger);
  GuestProcess(const GuestProcess&) = delete;
  GuestProcess& operator=(const GuestProcess&) = delete;

  Pcid pcid() const { return pcid_; }
  void set_pcid(Pcid pcid) {
    pcid_ = pcid;
    pcids_.insert(pcid);
  }
  /// All that it has run under: TLBs may have entries of each.
  const std::set<Pcid>& pcids() const { return pcids_; }
  ManagedGuestTables& tables() { return tables_; }
  const GuestSegment& segment() const { return level_.segment(); }
  const EscapeFilter* filter() const { return level_.filter(); }
  Changes take_changes();

  /// Serves a page fault. Throws InputError if the address is not canonical or memory is full.
  void serve(GuestVirtual address);
  /// Where the page lies, if it is mapped or has a place in the contiguous frames.
  std::optional<uint64_t> frame_of(GuestVirtual address);

  // ---- The primary region

  const std::optional<VirtualRange>& region() const { return config_.region; }
  uint64_t region_pages() const;
  /// Whether it has contiguous frames.
  bool has_block() const { return level_.block() && covers(region_run()); }
  /// Whether it has none, or others have got places there of pages that are back elsewhere.
  bool is_scattered() const;
  /// Gives it contiguous frames, in place of scattered ones, if free guest memory has them, in the
  /// highest slot or, if `below_too`, another; pages that exist move there.
  bool reserve_block(bool below_too = true);
  bool can_enter_segment() const { return has_block() && level_.can_enter(region_run()); }
  void enter_segment() { level_.enter(region_run()); }
  /// Whether the segment covers the region, and nothing else.
  bool is_segment_whole() const;
  /// The region ends so many bytes (multiples of 4 KiB) later or earlier. Growing needs the frames
  /// behind it: false if they are not free, or the address space ends before. What shrinking gives
  /// up stays mapped by paging.
  bool grow_region(uint64_t bytes);
  bool shrink_region(uint64_t bytes);
  bool in_segment(GuestVirtual address) const { return level_.in_segment(address.page()); }
  /// False: the machine has no guest filter.
  bool insert_escape(uint64_t page);
  bool clear_escapes();

  // ---- Reclaim and huge pages

  /// Swaps up to `count` pages out, those not used lately first; returns how many.
  uint64_t swap_out(uint64_t count);
  /// Makes 2M pages of up to `count` 2M ranges that have enough 4K pages; returns how many.
  uint64_t collapse(uint64_t count);
  /// Whether contiguous frames of the region are in a run of guest frames.
  bool has_frames_in(const FrameRun& run) const;
  /// Moves the process's other pages out of a run of guest frames. False: memory is full.
  bool move_out_of(const FrameRun& run);

 private:
  FrameRun region_run() const;
  bool covers(const FrameRun& pages) const;
  std::optional<FrameRun> find_frames(const FrameRun& pages, bool below_too) const;
  PageSize wanted_size(GuestVirtual address) const;
  void swap_in(GuestVirtual page);
  void map_in_block(GuestVirtual address);
  void map_new(GuestVirtual address);
  bool map_new(GuestVirtual address, PageSize size);
  void map(GuestVirtual page, uint64_t frame, PageSize size);
  void dissolve_block();
  void move_into_block(const FrameRun& pages);
  bool swap_out_page(GuestVirtual page);
  /// The pages of the leaf that maps this one if it had A, which is cleared; else none.
  FrameRun take_accessed(uint64_t page);
  void collapse_range(GuestVirtual range, uint64_t frame);

  Pcid pcid_;
  std::set<Pcid> pcids_{pcid_};
  GuestProcessConfig config_;
  GuestMemory& memory_;
  VirtualMachine& vm_;
  Ledger& ledger_;
  GuestTableStore store_;
  ManagedGuestTables tables_;
  Level level_;
  std::unordered_map<uint64_t, FrameContents::Saved> swap_device_;
  uint64_t hand_ = 0;  ///< The page behind which looking for pages to swap out goes on.
  std::vector<GuestVirtual> stale_;
  bool mappings_changed_ = false;
};

}  // namespace nestwalk
