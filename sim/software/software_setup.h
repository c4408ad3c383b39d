// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/address/space_id.h"
#include "model/filter/filter_config.h"
#include "sim/config/config.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// What a process uses of its address space.
struct AddressLayout {
  std::optional<VirtualRange> primary_region;  ///< What its guest segment covers.
  /// What the stream says it has mapped; 4 KiB aligned, ascending, apart from each other.
  std::vector<VirtualRange> ranges;
};

/// What a software side needs to know of a run.
struct SoftwareSetup {
  Mode mode = Mode::kNative;
  PagingConfig paging;
  FilterConfig filter;                       ///< On the VMM segment; natively on the guest's.
  std::optional<FilterConfig> guest_filter;  ///< The second one, virtualized; unset: none.
  /// As in an AddressLayout, of all processes, unless others run beside the first.
  std::optional<VirtualRange> primary_region;
  std::vector<VirtualRange> ranges;
  std::vector<AddressLayout> beside;  ///< Of the streams that do, in their order.
  BesideAs beside_as = BesideAs::kVms;
  uint64_t bad_pages = 0;
  std::vector<VirtualRange> touched;    ///< Whose frames they are, like `ranges`; empty: not known.
  std::optional<uint32_t> page_colors;  ///< Of scattered frames; unset: they lie side by side.
  uint64_t seed = 1;
};

/// Throws InputError if the mode has a guest segment and nothing says what it covers, or if a range
/// is empty or not canonical.
SoftwareSetup software_setup(const Config& config, const Stream& stream,
                             const std::vector<Stream*>& beside = {});

/// Of a process of a VM. Beside each other the streams run, in their order, in VMs 1, 2, ... or in
/// processes 0, 1, ... of one.
AddressLayout layout_of(const SoftwareSetup& config, Vpid vpid, uint64_t process);

/// The ranges that bad pages are drawn from: what the stream touches, or as near to it as the
/// layout knows. Throws InputError if it knows nothing.
std::vector<VirtualRange> ranges_of_bad_pages(const std::vector<VirtualRange>& touched,
                                              const AddressLayout& layout);

}  // namespace nestwalk
