// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nestwalk {

/// What somebody asks of the guest OS or the VMM at some point of a run.
enum class Request : uint8_t {
  kBalloon,    ///< The VMM wants so many bytes back from the guest.
  kDeflate,    ///< The guest gets so many back.
  kShare,      ///< Pages with the same contents share frames.
  kVmmSwap,    ///< The VMM swaps so many bytes out.
  kGuestSwap,  ///< The guest OS does.
  kMigrate,    ///< The VM moves to the other host.
  kGrow,       ///< The primary region becomes so many bytes longer.
  kShrink,     ///< Shorter.
};

struct ScheduledRequest {
  uint64_t reference = 0;  ///< Data references before it.
  Request request = Request::kShare;
  uint64_t pages = 0;
};

/// Reads `100000 balloon 64MiB`, `200000 migrate`, ...; ascending by reference. Throws InputError.
std::vector<ScheduledRequest> parse_schedule(const std::vector<std::string>& lines);

}  // namespace nestwalk
