// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/filter/filter_config.h"
#include "sim/config/config.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// What the simple software side needs to know of a run.
struct LinearSoftwareConfig {
  Mode mode = Mode::kNative;
  PagingConfig paging;
  FilterConfig filter;                       ///< On the VMM segment; natively on the guest's.
  std::optional<FilterConfig> guest_filter;  ///< The second one, virtualized; unset: none.
  std::optional<VirtualRange> primary_region;
  /// What the stream says it touches; 4 KiB aligned, ascending, apart from each other.
  std::vector<VirtualRange> ranges;
  uint64_t bad_pages = 0;
  std::optional<uint32_t> page_colors;  ///< Of scattered frames; unset: they lie side by side.
  uint64_t seed = 1;
};

/// Throws InputError if the mode has a guest segment and nothing says what it covers, or if a range
/// is empty or not canonical.
LinearSoftwareConfig linear_software_config(const Config& config, const Stream& stream);

/// Bytes of the host memory that the simple software side lays out: all that MAXPHYADDR reaches, at
/// most 8 TiB.
uint64_t host_memory_size(const PagingConfig& paging);

}  // namespace nestwalk
