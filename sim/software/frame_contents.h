// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstring>
#include <memory>

#include "model/memory/physical_memory.h"
#include "sim/software/allocator/frame_set.h"

namespace nestwalk {

/// The bytes of simulated memory as the software side moves them: frame by frame. Frames that were
/// never written hold zeros and cost nothing, wherever they are copied to.
class FrameContents {
 public:
  /// What a frame held; nullptr: zeros.
  using Saved = std::unique_ptr<const std::array<uint8_t, bytes(PageSize::k4K)>>;

  /// `memory` must outlive this.
  explicit FrameContents(PhysicalMemory& memory)
      : memory_(memory), written_(memory.size() >> shift(PageSize::k4K)) {}

  uint64_t frames() const { return written_.size(); }

  uint64_t read(HostPhysical address) const { return memory_.read(address); }
  void write(HostPhysical address, uint64_t word) {
    written_.set(address.page());
    memory_.write(address, word);
  }

  /// Whether a frame may hold something else than zeros.
  bool is_written(uint64_t frame) const { return written_.test(frame); }

  void copy(uint64_t from, uint64_t to) {
    if (!written_.test(from)) return erase(to);
    written_.set(to);
    std::memcpy(data(to), data(from), bytes(PageSize::k4K));
  }
  void erase(uint64_t frame) {
    if (!written_.test(frame)) return;
    std::memset(data(frame), 0, bytes(PageSize::k4K));
    written_.reset(frame);
  }
  void erase(const FrameRun& run) {
    for (uint64_t frame = written_.next(run.first); frame < run.end(); frame = written_.next(frame))
      erase(frame);
  }

  bool same(uint64_t a, uint64_t b) const {
    if (!written_.test(a) && !written_.test(b)) return true;
    return std::memcmp(data(a), data(b), bytes(PageSize::k4K)) == 0;
  }
  /// Equal contents have equal hashes.
  uint64_t hash(uint64_t frame) const {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < bytes(PageSize::k4K) && written_.test(frame); i += 8) {
      const uint64_t word = memory_.read(HostPhysical((frame << shift(PageSize::k4K)) + i));
      hash = (hash ^ word) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29;
    }
    return hash;
  }

  /// For a swap device; and back.
  Saved save(uint64_t frame) const {
    if (!written_.test(frame)) return nullptr;
    auto page = std::make_unique<std::array<uint8_t, bytes(PageSize::k4K)>>();
    std::memcpy(page->data(), data(frame), page->size());
    return page;
  }
  void load(uint64_t frame, const Saved& page) {
    if (!page) return erase(frame);
    written_.set(frame);
    std::memcpy(data(frame), page->data(), page->size());
  }

 private:
  uint8_t* data(uint64_t frame) const {
    return memory_.data(HostPhysical(frame << shift(PageSize::k4K)));
  }

  PhysicalMemory& memory_;
  FrameSet written_;
};

}  // namespace nestwalk
