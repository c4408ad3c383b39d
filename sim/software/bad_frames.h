// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/address/address.h"
#include "model/address/virtual_range.h"
#include "sim/software/frame_pool.h"

namespace nestwalk {

/// `count` distinct 4K pages of the ranges (4 KiB aligned, disjoint), at random by the seed,
/// ascending. Throws InputError if the ranges have fewer.
std::vector<GuestVirtual> choose_pages(const std::vector<VirtualRange>& ranges, uint64_t count,
                                       uint64_t seed);

/// Host frames with a permanent fault, each with the frame that takes its place (spec 2.4).
class BadFrames {
 public:
  BadFrames() = default;
  /// Replacements are taken from `spare`, in ascending order of the bad `frames`.
  BadFrames(std::vector<HostPhysical> frames, FramePool<HostPhysical>& spare);

  /// What to use instead of the 4K frame: itself, if it is good.
  HostPhysical in_place_of(HostPhysical frame) const;
  /// The bad frame whose place a frame takes: itself, if none's.
  HostPhysical replaced_by(HostPhysical frame) const;
  /// The largest page size up to `at_most` whose page around an address has no bad frame, else 4K.
  PageSize widest_page(HostPhysical address, PageSize at_most) const;

 private:
  struct BadFrame {
    HostPhysical frame;
    HostPhysical replacement;
  };

  std::vector<BadFrame>::const_iterator first_from(HostPhysical address) const;

  std::vector<BadFrame> bad_;                            ///< Ascending.
  std::unordered_map<uint64_t, HostPhysical> replaced_;  ///< By the replacement's page number.
};

}  // namespace nestwalk
