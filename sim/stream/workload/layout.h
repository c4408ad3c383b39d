// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/page_size.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// An array at simulated addresses.
struct Array {
  uint64_t base = 0;
  uint64_t element = 8;  ///< Bytes from one element to the next.

  uint64_t operator[](uint64_t index) const { return base + index * element; }
};

/// The address space of a program: arrays one after another from kWorkloadBase, each on pages of
/// its own, as large allocations are.
class Layout {
 public:
  Array array(uint64_t count, uint64_t element_bytes) {
    const Array placed{end_, element_bytes};
    end_ += (count * element_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    return placed;
  }
  VirtualRange region() const { return {GuestVirtual(kWorkloadBase), GuestVirtual(end_)}; }

 private:
  static constexpr uint64_t kPageBytes = bytes(PageSize::k4K);

  uint64_t end_ = kWorkloadBase;
};

}  // namespace nestwalk
