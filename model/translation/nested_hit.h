// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"
#include "model/address/page_size.h"
#include "model/paging/access.h"

namespace nestwalk {

/// What the nested TLB holds and answers: one 4K piece of the gPA -> hPA map.
struct NestedHit {
  bool hit = false;
  HostPhysical page{};  ///< 4K-aligned.
  AccessSet allowed;
  bool dirty = false;
  PageSize size = PageSize::k4K;  ///< Of the nested page that the piece was cut from.
};

}  // namespace nestwalk
