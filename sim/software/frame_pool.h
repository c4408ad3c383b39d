// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/page_size.h"
#include "sim/software/physical_space.h"

namespace nestwalk {

/// Single 4K frames, one after the other, out of 1 GiB areas of a physical address space. None is
/// ever given back.
template <class Space>
class FramePool {
 public:
  /// Begins in the 1 GiB at `area`; takes further areas from the high end of `space`, which must
  /// outlive the pool. The first frame stays free, so that no frame has address 0.
  FramePool(PhysicalSpace<Space>& space, Space area)
      : space_(&space), next_(area + bytes(PageSize::k4K)), limit_(area + bytes(PageSize::k1G)) {}

  /// Throws InputError if the space is full.
  Space take() {
    if (next_ == limit_) {
      next_ = space_->take_high(1);
      limit_ = next_ + bytes(PageSize::k1G);
    }
    const Space frame = next_;
    next_ = next_ + bytes(PageSize::k4K);
    return frame;
  }

 private:
  PhysicalSpace<Space>* space_;
  Space next_;
  Space limit_;
};

}  // namespace nestwalk
