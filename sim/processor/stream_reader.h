// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "sim/process/interruption.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// Reads streams in batches and deals their elements out to cores. Of one stream thread t runs on
/// core t modulo their number, and what one core is behind the others is kept, up to a bound. Of
/// several each has a core of its own.
class StreamReader {
 public:
  static constexpr size_t kBatch = 4096;
  static constexpr size_t kReadAhead = 4096;  ///< Elements that wait for one core at most.

  enum class Outcome : uint8_t {
    kElement,
    kBehind,  ///< Another core's queue is full: try again once it has taken an element.
    kEnd,
  };

  /// One stream, or one for each core, which outlive the reader.
  StreamReader(const std::vector<Stream*>& streams, size_t cores) : queues_(cores) {
    for (Stream* stream : streams) sources_.push_back(std::make_unique<Source>(*stream));
  }

  /// Of an element of a batch.
  size_t core_of(const Reference& reference) const {
    return queues_.size() == 1 ? 0 : reference.thread % queues_.size();
  }

  /// All cores in the stream's order, several streams in the order of their instructions; the next
  /// batch; empty at the end.
  const Reference* read_batch(size_t& size) {
    if (sources_.size() == 1) return sources_.front()->read_batch(size);
    size = 0;
    while (size < kBatch) {
      const size_t core = earliest();
      if (core == sources_.size()) break;
      merged_[size] = sources_[core]->take();
      merged_[size++].thread = static_cast<uint16_t>(core);
    }
    return merged_.data();
  }

  /// One core's next element. Between batches `between` is called; false from it ends the stream.
  Outcome next(size_t core, Reference& reference, const std::function<bool()>& between) {
    return sources_.size() == 1 ? next_of_thread(core, reference, between)
                                : next_of_stream(core, reference, between);
  }

 private:
  class Source {
   public:
    explicit Source(Stream& stream) : stream_(stream) {}

    const Reference* read_batch(size_t& size) {
      try {
        size_ = stream_.read(batch_.data(), batch_.size());
      } catch (const Interrupted&) {
        size_ = 0;  // what came before has a result
      }
      size = size_;
      next_ = 0;
      ended_ = size == 0;
      return batch_.data();
    }
    bool is_empty() const { return next_ == size_; }
    bool has_ended() const { return ended_; }
    /// Reads a batch if there is no element left; whether there is one then.
    bool refill() {
      size_t size;
      if (is_empty() && !ended_) read_batch(size);
      return !is_empty();
    }
    const Reference& front() const { return batch_[next_]; }
    /// Whether its next element comes first: by the instructions up to it, else by the elements.
    bool operator<(const Source& other) const {
      const auto place = [](const Source& one) {
        return std::pair(one.instructions_ + one.front().instructions, one.taken_);
      };
      return place(*this) < place(other);
    }
    Reference take() {
      instructions_ += front().instructions;
      ++taken_;
      return batch_[next_++];
    }

   private:
    Stream& stream_;
    std::array<Reference, kBatch> batch_;
    size_t size_ = 0;
    size_t next_ = 0;
    bool ended_ = false;
    uint64_t instructions_ = 0;
    uint64_t taken_ = 0;
  };

  /// The stream whose next element comes first; their number: all have ended.
  size_t earliest() {
    size_t first = sources_.size();
    for (size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i]->refill() && (first == sources_.size() || *sources_[i] < *sources_[first]))
        first = i;
    return first;
  }

  Outcome next_of_thread(size_t core, Reference& reference, const std::function<bool()>& between) {
    Source& source = *sources_.front();
    std::deque<Reference>& own = queues_[core];
    if (!own.empty()) {
      reference = own.front();
      own.pop_front();
      return Outcome::kElement;
    }
    while (true) {
      if (source.is_empty() && (source.has_ended() || !between())) return Outcome::kEnd;
      if (!source.refill()) continue;
      const size_t owner = core_of(source.front());
      if (owner == core) {
        reference = source.take();
        return Outcome::kElement;
      }
      if (queues_[owner].size() == kReadAhead) return Outcome::kBehind;
      queues_[owner].push_back(source.take());
    }
  }

  Outcome next_of_stream(size_t core, Reference& reference, const std::function<bool()>& between) {
    Source& source = *sources_[core];
    if (source.is_empty() && (source.has_ended() || !between())) return Outcome::kEnd;
    if (!source.refill()) return Outcome::kEnd;
    reference = source.take();
    return Outcome::kElement;
  }

  std::vector<std::unique_ptr<Source>> sources_;
  std::array<Reference, kBatch> merged_;
  std::vector<std::deque<Reference>> queues_;
};

}  // namespace nestwalk
