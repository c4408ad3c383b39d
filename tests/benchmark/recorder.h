// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/stream/reference.h"

namespace nestwalk::bench {

/// Notes the data references of an algorithm as a program that runs it would issue them.
class Recorder {
 public:
  /// `most`: references after which the algorithm should stop.
  explicit Recorder(size_t most) : most_(most) { references_.reserve(most + most / 8); }

  void note(uint64_t address, uint8_t size, ReferenceKind kind) {
    references_.push_back({address, kInstructions, 0, size, kind});
  }
  bool full() const { return references_.size() >= most_; }
  std::vector<Reference> take() { return std::move(references_); }

  /// Where a large array lies in a program's memory: mapped below the one before, as Linux maps,
  /// with the 16 bytes of the allocator in front.
  uint64_t place(size_t bytes) {
    mapped_ -= (bytes + 2 * kPage - 1) / kPage * kPage;
    return mapped_ + 16;
  }

 private:
  static constexpr uint64_t kPage = 4096;
  /// Per data reference, about what compiled graph kernels have.
  static constexpr uint32_t kInstructions = 3;

  size_t most_;
  uint64_t mapped_ = 0x7ffff7a00000;
  std::vector<Reference> references_;
};

/// An array whose accesses are noted.
template <class T>
class RecordedArray {
 public:
  RecordedArray(Recorder& recorder, std::vector<T> values)
      : recorder_(recorder),
        values_(std::move(values)),
        base_(recorder.place(values_.size() * sizeof(T))) {}

  T load(size_t i) const {
    recorder_.note(base_ + i * sizeof(T), sizeof(T), ReferenceKind::kLoad);
    return values_[i];
  }
  void store(size_t i, T value) {
    recorder_.note(base_ + i * sizeof(T), sizeof(T), ReferenceKind::kStore);
    values_[i] = value;
  }
  size_t size() const { return values_.size(); }

 private:
  Recorder& recorder_;
  std::vector<T> values_;
  uint64_t base_;
};

}  // namespace nestwalk::bench
