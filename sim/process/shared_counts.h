// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nestwalk {

/// Counts that workers forked later keep, and their parent sees: how far each of them is.
class SharedCounts {
 public:
  /// All 0. Throws std::bad_alloc.
  explicit SharedCounts(size_t count);
  ~SharedCounts();
  SharedCounts(const SharedCounts&) = delete;
  SharedCounts& operator=(const SharedCounts&) = delete;

  void set(size_t i, uint64_t count) { counts_[i].store(count, std::memory_order_relaxed); }
  uint64_t sum() const;

 private:
  size_t size_;
  std::atomic<uint64_t>* counts_;
};

}  // namespace nestwalk
