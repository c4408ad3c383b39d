// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Reads a stream in batches and deals its elements out to cores: thread t to core t modulo their
/// number. What one core is behind the others is kept, up to a bound.
class StreamReader {
 public:
  static constexpr size_t kBatch = 4096;
  static constexpr size_t kReadAhead = 4096;  ///< Elements that wait for one core at most.

  enum class Outcome : uint8_t {
    kElement,
    kBehind,  ///< Another core's queue is full: try again once it has taken an element.
    kEnd,
  };

  StreamReader(Stream& stream, size_t cores) : stream_(stream), queues_(cores) {}

  size_t core_of(const Reference& reference) const {
    return queues_.size() == 1 ? 0 : reference.thread % queues_.size();
  }

  /// All cores in the stream's order: the next batch; empty at the end.
  const Reference* read_batch(size_t& size) {
    size_ = stream_.read(batch_.data(), batch_.size());
    next_ = 0;
    size = size_;
    return batch_.data();
  }

  /// One core's next element. Between batches `between` is called; false from it ends the stream.
  Outcome next(size_t core, Reference& reference, const std::function<bool()>& between) {
    std::deque<Reference>& own = queues_[core];
    while (own.empty()) {
      if (next_ == size_) {
        if (ended_ || !between()) return Outcome::kEnd;
        read_batch(size_);
        if (size_ == 0) ended_ = true;
        continue;
      }
      std::deque<Reference>& queue = queues_[core_of(batch_[next_])];
      if (queue.size() == kReadAhead) return Outcome::kBehind;
      queue.push_back(batch_[next_++]);
    }
    reference = own.front();
    own.pop_front();
    return Outcome::kElement;
  }

 private:
  Stream& stream_;
  std::array<Reference, kBatch> batch_;
  size_t size_ = 0;
  size_t next_ = 0;
  bool ended_ = false;
  std::vector<std::deque<Reference>> queues_;
};

}  // namespace nestwalk
