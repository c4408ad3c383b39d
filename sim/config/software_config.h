// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/address/virtual_range.h"
#include "model/timing/latency_table.h"

namespace nestwalk {

/// Which guest OS and VMM.
enum class SoftwareModel : uint8_t {
  kFixed,    ///< Memory is laid out once, and what is mapped stays mapped.
  kManaged,  ///< Memory is what it is: allocators, fragmentation, operations, a mode policy.
};

/// How much of a memory others hold, and how scattered: what a long uptime leaves behind.
struct FragmentationConfig {
  double used = 0;         ///< Share of the frames in use, 0 to 1 (1 excluded).
  uint64_t mean_run = 64;  ///< Mean length of the runs in use, in 4K frames.
  double immovable = 0;    ///< Share of those runs that cannot be moved, 0 to 1.
};

/// Operations that a segment limits (spec 3).
enum class LimitedOperation : uint8_t {
  kPageSharing,
  kBallooning,
  kVmmSwapping,
  kLiveMigration,
  kGuestSwapping,
};
inline constexpr size_t kLimitedOperations = 5;

/// What is done where a segment limits an operation.
enum class LimitAction : uint8_t {
  kRefuse,
  kEscape,  ///< The page escapes the segment.
  kLeave,   ///< The segment is switched off.
};

/// What the software side does that takes time.
enum class Operation : uint8_t {
  kPageCopy,       ///< 4 KiB from one frame to another.
  kShootdown,      ///< An invalidation on all cores.
  kRegisterWrite,  ///< Segment registers, a filter, or EPTP, on all cores.
  kBalloonPage,    ///< A page that the balloon driver pins or lets go.
  kHotPlug,        ///< Memory added to, or removed from, a running guest; once a call.
  kCompare,        ///< Two pages compared.
  kSwapOut,        ///< A page written to the swap device.
  kSwapIn,         ///< A page read from it.
};
inline constexpr size_t kOperations = 8;

/// The software side that manages memory (doc/managed-software.md). Defaults: the paper's host and
/// VM.
struct ManagedSoftwareConfig {
  uint64_t host_memory = uint64_t{96} << 30;   ///< Bytes of each host.
  uint64_t guest_memory = uint64_t{72} << 30;  ///< Bytes of each VM at its start.
  FragmentationConfig host_fragmentation;
  FragmentationConfig guest_fragmentation;
  bool io_gap = false;                ///< Guest memory leaves out 3 GiB to 4 GiB.
  bool guest_direct_segments = true;  ///< The guest OS knows of segments.
  bool vmm_direct_segments = true;    ///< The VMM does.

  uint64_t interval = 10000;       ///< References between two slices of background work.
  bool compaction = true;          ///< Of host memory, where a VMM segment wants it.
  uint64_t compaction_slice = 64;  ///< Frames.
  bool self_ballooning = true;     ///< Where a guest segment wants it.
  uint64_t balloon_slice = 1024;   ///< Pages.
  uint64_t collapse_slice = 0;     ///< 2M ranges that are collapsed, THP only.
  uint64_t collapse_at = 256;      ///< 4K pages that such a range must have.
  uint64_t migration_slice = 256;  ///< Pages.
  uint64_t migration_few = 64;  ///< So many dirty pages, or fewer, are copied with the VM stopped.
  uint64_t migration_rounds = 8;  ///< At most, before the VM is stopped.
  double duplicates = 0;          ///< Share of the pages that, once written, hold the same bytes.

  std::array<LimitAction, kLimitedOperations> limits{LimitAction::kRefuse, LimitAction::kRefuse,
                                                     LimitAction::kRefuse, LimitAction::kRefuse,
                                                     LimitAction::kRefuse};
  uint64_t most_escapes = 16;  ///< Pages that operations may let escape a segment.
  std::array<Cycles, kOperations> costs{1000, 4000, 500, 200, 100000, 1000, 100000, 100000};
  std::vector<std::string> schedule;  ///< Operations: `100000 balloon 64MiB`.
};

/// What the guest OS and the VMM do, and what it costs.
struct SoftwareConfig {
  SoftwareModel model = SoftwareModel::kFixed;
  /// What the guest segment covers. Unset: the stream's own (interface.md, Workloads).
  std::optional<VirtualRange> primary_region;
  uint64_t bad_pages = 0;  ///< Host frames that back the workload and are replaced.
  /// 4K guest pages lie anywhere within their 1 GiB, as on a machine that has run for a while.
  bool scattered_frames = false;
  /// Of scattered frames: pages get frames of successive colors (frame number modulo this).
  uint32_t page_colors = 1;
  Cycles guest_fault = 0;   ///< Cycles of a page fault that the guest OS serves.
  Cycles nested_fault = 0;  ///< Cycles of a nested fault that the VMM serves.
  uint64_t timeline = 0;    ///< References of an interval of the timeline; 0: none is kept.
  ManagedSoftwareConfig managed;
};

}  // namespace nestwalk
