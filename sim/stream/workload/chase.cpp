// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/chase.h"

#include <algorithm>
#include <memory>

#include "model/address/page_size.h"
#include "model/random/permutation.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPointerBytes = 8;
constexpr uint64_t kPageBytes = bytes(PageSize::k4K);
/// `while (n--) p = *p` as gcc -O2 compiles it: the load, the count, the branch.
constexpr uint32_t kInstructionsPerLoad = 3;

class Chase : public Stream {
 public:
  Chase(uint64_t size, uint64_t stride, uint64_t references, uint64_t seed)
      : size_(size),
        stride_(stride),
        slots_((size + stride - 1) / stride),
        references_(references),
        left_(references),
        order_(slots_, seed) {}

  size_t read(Reference* batch, size_t capacity) override {
    const size_t count = std::min<uint64_t>(capacity, left_);
    left_ -= count;
    for (size_t i = 0; i < count; ++i) {
      const uint64_t address = kWorkloadBase + stride_ * order_(position_);
      batch[i] = {address, kInstructionsPerLoad, 0, kPointerBytes, ReferenceKind::kLoad};
      if (++position_ == slots_) position_ = 0;
    }
    return count;
  }

  std::optional<uint64_t> length() const override { return references_; }
  std::vector<VirtualRange> ranges() const override { return {region()}; }
  std::optional<VirtualRange> primary_region() const override { return region(); }
  /// Each load's address is the data of the one before: nothing hides its time.
  ProcessorHint processor_hint() const override { return {std::nullopt, 1.0}; }

 private:
  VirtualRange region() const {
    const uint64_t pages = (size_ + kPageBytes - 1) / kPageBytes;
    return {GuestVirtual(kWorkloadBase), GuestVirtual(kWorkloadBase + pages * kPageBytes)};
  }

  uint64_t size_;
  uint64_t stride_;
  uint64_t slots_;
  uint64_t references_;
  uint64_t left_;
  uint64_t position_ = 0;
  Permutation order_;
};

}  // namespace

Workload chase_workload() {
  Workload chase;
  chase.name = "chase";
  chase.runs = "dependent loads in a random cycle: each of 0, stride, 2*stride, ... once a round";
  chase.parameters = {
      {"size", "512MiB", "bytes that the cycle spans, to 4094GiB"},
      {"stride", "4KiB", "bytes between neighbouring pointers, a multiple of 8"},
      {"references", "10000000", "loads"},
  };
  chase.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const uint64_t size = parameters.size("size", kPointerBytes, kLargestWorkload);
    const uint64_t stride = parameters.size("stride", kPointerBytes, kLargestWorkload);
    if (stride % kPointerBytes != 0) parameters.fail("stride", "a multiple of 8");
    const uint64_t references = parameters.count("references", 1, uint64_t{1} << 48);
    return std::make_unique<Chase>(size, stride, references, seed);
  };
  return chase;
}

}  // namespace nestwalk
