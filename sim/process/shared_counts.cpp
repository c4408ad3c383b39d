// SPDX-License-Identifier: Apache-2.0
#include "sim/process/shared_counts.h"

#include <sys/mman.h>

#include <new>

namespace nestwalk {

SharedCounts::SharedCounts(size_t count) : size_(count) {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  void* const memory = mmap(nullptr, count * sizeof(*counts_), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  counts_ = new (memory) std::atomic<uint64_t>[count]();
}

SharedCounts::~SharedCounts() {
  munmap(counts_, size_ * sizeof(*counts_));
}

uint64_t SharedCounts::sum() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < size_; ++i) sum += counts_[i].load(std::memory_order_relaxed);
  return sum;
}

}  // namespace nestwalk
