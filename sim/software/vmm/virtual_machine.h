// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/address/address.h"
#include "model/address/space_id.h"
#include "model/paging/paging_mode.h"
#include "sim/software/chunk_map.h"
#include "sim/software/ledger.h"
#include "sim/software/radix_tables.h"
#include "sim/software/segment_level.h"
#include "sim/software/vmm/host_memory.h"

namespace nestwalk {

/// What the VMM needs to know of a VM.
struct VirtualMachineConfig {
  NestedPaging nested;  ///< `root` is not looked at.
  PageSize page = PageSize::k4K;
  uint64_t frames = 0;       ///< Guest memory at the start.
  uint64_t most_frames = 0;  ///< Guest frame numbers stay below that, hot-added ones too.
  bool io_gap = false;       ///< Memory leaves out 3 GiB to 4 GiB.
  FilterConfig filter;
  uint64_t most_escapes = 16;  ///< By operations.
  uint64_t most_retired = 16;  ///< Frames with a fault where compaction may make a block.
  std::array<LimitAction, kLimitedOperations> limits{};
};

/// Where nested tables lie: pinned frames of host memory.
class HostTableStore {
 public:
  explicit HostTableStore(HostMemory& host) : host_(&host) {}

  uint64_t read(HostPhysical address) const { return host_->contents().read(address); }
  void write(HostPhysical address, uint64_t word) { host_->contents().write(address, word); }
  /// Throws InputError if host memory is full.
  HostPhysical take_table();
  void give_table(HostPhysical table);
  void use(HostMemory& host) { host_ = &host; }

 private:
  HostMemory* host_;
};

using ManagedNestedTables = RadixTables<GuestPhysical, HostPhysical, HostTableStore>;

/// The VMM's side of one VM: its memory slots, what backs each guest frame, its nested tables, the
/// contiguous host block that a VMM segment needs, the segment and the escape filter.
///
/// Changes are made in tables and registers at once. Whoever calls asks afterwards what MMUs must
/// be told: `take_changes`.
class VirtualMachine {
 public:
  using Level = SegmentLevel<GuestPhysical, HostPhysical>;
  using Block = Level::Block;

  /// What MMUs must be told of.
  struct Changes : Level::Changes {
    bool tables = false;  ///< Entries that may be in use: INVEPT.
  };

  VirtualMachine(Vpid vpid, const VirtualMachineConfig& config, HostMemory& host, Ledger& ledger);
  VirtualMachine(const VirtualMachine&) = delete;
  VirtualMachine& operator=(const VirtualMachine&) = delete;

  Vpid vpid() const { return vpid_; }
  HostMemory& host() { return *host_; }
  const VirtualMachineConfig& config() const { return config_; }
  Changes take_changes();

  // ---- Nested maps: several may be kept for one VM; the map of a name is made at its first use.

  ManagedNestedTables& map(uint64_t name);
  /// Where it begins; unset: none of this name was ever used.
  std::optional<HostPhysical> map_root(uint64_t name) const;
  template <class Visit>
  void for_each_map(Visit visit) {
    for (auto& [name, tables] : maps_) visit(tables);
  }
  /// Serves a nested fault. Throws InputError if the address is not in guest memory, or host memory
  /// is full.
  void serve(GuestPhysical address, bool store, uint64_t map_name);

  // ---- Guest memory as the guest OS uses it: by instructions that this model does not run.

  uint64_t read(GuestPhysical address);
  void write(GuestPhysical address, uint64_t word);
  void copy_page(uint64_t from, uint64_t to);
  void erase_page(uint64_t frame);
  /// For the guest's swap device: what a page holds, unset for zeros; and back.
  FrameContents::Saved save_page(uint64_t frame);
  void load_page(uint64_t frame, const FrameContents::Saved& page);

  // ---- Slots

  const std::vector<FrameRun>& slots() const { return slots_; }
  /// The highest slot: the one that grows, and that a segment covers.
  const FrameRun& main_slot() const { return slots_.back(); }
  bool contains(uint64_t frame) const;
  /// Appends frames to the main slot. Unset: none are left below `most_frames`.
  std::optional<FrameRun> hot_add(uint64_t count);
  /// Takes frames away from a slot: no one uses them any more.
  void hot_remove(const FrameRun& run);

  // ---- Backing

  /// The host frame that backs a page now.
  std::optional<uint64_t> host_frame(uint64_t frame) const;
  bool is_swapped(uint64_t frame) const;
  bool is_shared(uint64_t frame) const;
  /// Whether all frames of the page are backed by an aligned block, and none is shared.
  bool is_contiguous(uint64_t first, PageSize size) const;
  /// How many of the pages have no host frame, or none to themselves.
  uint64_t frames_lacking(const FrameRun& pages) const;
  /// Backs the page if nothing does, and returns the frame.
  uint64_t back(uint64_t frame);
  /// Backs a page that nothing backs by a frame that was taken for it; what is on the swap device
  /// comes back.
  void set_backing(uint64_t frame, uint64_t host);
  /// Moves the page's contents into `to`, a frame that was taken for it, and remaps it. The frame
  /// before is given back.
  void relocate(uint64_t frame, uint64_t to);
  /// The guest gives the page up: its host frame is given back, and no large page backs it again.
  void release(uint64_t frame);
  /// The guest has pages again that it gave up. Those of the block that have no frame get their
  /// places there, where these are still free.
  void restore(const std::vector<uint64_t>& frames);
  /// The host frame that backs the page has a permanent fault: another one takes its place, by an
  /// escape where a segment covers the page.
  void replace_bad_frame(uint64_t frame);

  bool swap_out(uint64_t frame);
  /// Has the page share the frame of another, which has the same contents. Both become read-only.
  void share(uint64_t frame, VirtualMachine& other, uint64_t other_frame);

  // ---- The block and the segment

  const std::optional<Block>& block() const { return level_.block(); }
  /// Whether the block covers the main slot.
  bool has_whole_block() const { return block() && block()->pages == main_slot(); }
  /// Whether the page keeps a segment from being right for no other reason than that somebody else
  /// has got its place in the block: not that it is swapped out, shared or given up.
  bool is_astray(uint64_t frame) const {
    return level_.is_displaced(frame) && !escapes(frame) && may_come_home(frame);
  }
  /// Whether only such pages do.
  bool is_scattered() const {
    return has_whole_block() &&
           level_.is_scattered(main_slot(), [this](uint64_t one) { return may_come_home(one); });
  }
  /// Reserves a block for the main slot, or makes it as large as the slot, if free host memory lies
  /// right. Pages that are backed move into it.
  bool reserve_block();
  /// The host frames are a block of the VM's from here. Those of the guest frames in `fresh` were
  /// taken for it: pages that are elsewhere move in.
  void adopt_block(const Block& block, const FrameRun& fresh);
  /// The block is one no more; its frames go on backing the pages that they back.
  void dissolve_block();

  const VmmSegment& segment() const { return level_.segment(); }
  const EscapeFilter& filter() const { return *level_.filter(); }
  /// Whether a segment over the main slot would translate right.
  bool can_enter_segment() const {
    return has_whole_block() && !tracking_ && level_.can_enter(main_slot());
  }
  /// Whether the segment translates the page.
  bool in_segment(uint64_t frame) const { return level_.in_segment(frame); }
  void enter_segment() { level_.enter(main_slot()); }
  void leave_segment() { level_.leave(); }
  /// Makes sure that an operation may change how the page is mapped: does what is configured if a
  /// segment translates it. False: refused.
  bool open(uint64_t frame, LimitedOperation operation);
  /// Likewise for one page of this VM and one of another, or of this one too: both or neither.
  bool open_both(uint64_t frame, VirtualMachine& other, uint64_t other_frame,
                 LimitedOperation operation);
  /// The page escapes the segment, however many do.
  void insert_escape(uint64_t frame) { level_.insert_escape(frame); }
  bool escapes(uint64_t frame) const { return level_.escapes(frame); }
  /// Likewise, until `clear_requests`: the stream wants it.
  void request_escape(uint64_t frame) { level_.request_escape(frame); }
  void clear_requests() { level_.clear_requests(); }

  // ---- Which pages are written (live migration)

  void begin_write_tracking();
  void end_write_tracking();
  /// Pages written since the last call, ascending; looks afresh from here.
  std::vector<uint64_t> harvest_writes();
  /// The pages of the largest leaf that maps this one and has A; cleared by asking. None: none has.
  FrameRun take_accessed(uint64_t frame);

  /// Another host: `frames` has, for each page that is backed here, the frame there. Everything
  /// here is given back.
  void move_to(HostMemory& host, const std::unordered_map<uint64_t, uint64_t>& frames,
               const std::optional<Block>& block);

  /// Calls `visit(frame)` with every page that has contents, in memory or on the swap device.
  template <class Visit>
  void for_each_backed(Visit visit) const {
    for (const FrameRun& slot : slots_)
      for (uint64_t frame = slot.first; frame < slot.end(); ++frame)
        if (host_frame(frame) || is_swapped(frame)) visit(frame);
  }

 private:
  // A word for each guest frame: 0 in place (in the block) or nothing.
  static constexpr uint64_t kHost = uint64_t{1} << 63;     ///< The low bits: the host frame.
  static constexpr uint64_t kSwapped = uint64_t{1} << 62;  ///< On the swap device.
  static constexpr uint64_t kAbsent = uint64_t{1}
                                      << 61;  ///< Nothing, though the block has a place.
  static constexpr uint64_t kShared = uint64_t{1} << 60;   ///< With kHost: others use it too.
  static constexpr uint64_t kGivenUp = uint64_t{1} << 59;  ///< Nothing: the guest does not use it.
  static constexpr uint64_t kFrameBits = (uint64_t{1} << 48) - 1;
  static constexpr uint64_t kChunkFrames = uint64_t{1} << 18;

  struct States {
    uint64_t words[kChunkFrames];
  };

  uint64_t state(uint64_t frame) const;
  void set_state(uint64_t frame, uint64_t word);
  void set_host(uint64_t frame, uint64_t host);
  LimitAction action(LimitedOperation operation) const {
    return config_.limits[static_cast<size_t>(operation)];
  }
  bool in_block(uint64_t frame) const { return level_.in_block(frame); }
  bool is_in_place(uint64_t frame) const { return state(frame) == 0 && in_block(frame); }
  bool may_come_home(uint64_t frame) const {
    return state(frame) == kAbsent || (host_frame(frame) && !is_shared(frame));
  }

  uint64_t take_frame_for(uint64_t frame);
  bool back_large(uint64_t frame);
  void give_host_frame(uint64_t frame);
  bool move_in(uint64_t frame, uint64_t word);
  uint64_t back_for_write(uint64_t frame);
  void make_writable(uint64_t frame);
  void remap(uint64_t frame, uint64_t host);
  void keep_dirty(uint64_t frame, const ManagedNestedTables& tables);
  void unmap(uint64_t frame);
  PageSize leaf_size_of(uint64_t frame) const;
  void map_leaf(uint64_t frame, bool store, ManagedNestedTables& tables);

  Vpid vpid_;
  VirtualMachineConfig config_;
  HostMemory* host_;
  Ledger& ledger_;
  HostTableStore store_;
  TableFormat format_;
  uint64_t dirty_bit_;
  uint64_t accessed_bit_;
  std::map<uint64_t, ManagedNestedTables> maps_;
  std::vector<FrameRun> slots_;
  ChunkMap<States> states_;
  std::unordered_map<uint64_t, FrameContents::Saved> swap_device_;
  Level level_;
  bool tables_changed_ = false;
  bool mappings_changed_ = false;
  bool tracking_ = false;
  std::set<uint64_t> written_;  ///< Found otherwise than by D bits.
};

}  // namespace nestwalk
