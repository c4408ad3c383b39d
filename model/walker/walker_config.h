// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

struct WalkerConfig {
  uint32_t count = 1;    ///< Walks in flight in AT, 1 or more.
  uint32_t queue = 16;   ///< Requests that wait for a walker before the L2 TLB is held up.
  bool coalesce = true;  ///< A miss on a page that is being walked waits for that walk.
};

}  // namespace nestwalk
