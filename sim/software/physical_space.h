// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/address/page_size.h"
#include "sim/io/input_error.h"

namespace nestwalk {

/// A physical address space that is handed out in contiguous, 1 GiB aligned pieces, from both ends.
template <class Space>
class PhysicalSpace {
 public:
  /// `base` and `size` in bytes, multiples of 1 GiB. `name` is for messages: `guest memory`.
  PhysicalSpace(std::string name, Space base, uint64_t size)
      : name_(std::move(name)), size_(size), low_(base), high_(base + size) {}

  /// Bytes not handed out yet.
  uint64_t left() const { return high_ - low_; }

  /// `chunks` GiB at the low end, resp. the high end, of what is left. Throw InputError if there is
  /// less.
  Space take_low(uint64_t chunks) {
    const Space taken = low_;
    low_ = low_ + checked_bytes(chunks);
    return taken;
  }
  Space take_high(uint64_t chunks) {
    high_ = high_ - checked_bytes(chunks);
    return high_;
  }

 private:
  uint64_t checked_bytes(uint64_t chunks) const {
    if (chunks > left() >> shift(PageSize::k1G))
      throw InputError(name_,
                       "has " + gibibytes(size_) + ", " + gibibytes(left()) +
                           " of them free, but the address stream needs " + std::to_string(chunks) +
                           " GiB more; let it touch fewer 1 GiB regions, raise paging.maxphyaddr "
                           "(from 43 on host memory has its most, 8 TiB, and a VM half of it), or "
                           "let streams beside each other be processes of one VM: beside_as = "
                           "\"processes\"");
    return chunks << shift(PageSize::k1G);
  }
  static std::string gibibytes(uint64_t bytes) {
    return std::to_string(bytes >> shift(PageSize::k1G)) + " GiB";
  }

  std::string name_;
  uint64_t size_;
  Space low_;
  Space high_;
};

}  // namespace nestwalk
