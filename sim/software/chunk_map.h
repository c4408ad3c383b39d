// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "model/array/zeroed_array.h"

namespace nestwalk {

/// A `Value` for each 1 GiB chunk of an address space that is used, by the chunk's number. New
/// values are all zero bits, and a large one costs what is written (ZeroedArray). A small
/// direct-mapped array of the chunks asked for last stands before the hash map: finding one again
/// costs a load and a compare.
template <class Value>
class ChunkMap {
 public:
  /// nullptr: the chunk has no value yet.
  Value* find(uint64_t chunk) const {
    const Slot& slot = recent_[chunk % kRecent];
    return slot.chunk == chunk ? slot.value : find_in_all(chunk);
  }

  /// The chunk's value, made if it has none.
  Value& operator[](uint64_t chunk) {
    if (Value* const known = find(chunk)) return *known;
    Value& value = *all_.emplace(chunk, ZeroedArray<Value>(1)).first->second.data();
    recent_[chunk % kRecent] = {chunk, &value};
    return value;
  }

  void clear() {
    all_.clear();
    recent_.fill({});
  }

 private:
  static constexpr size_t kRecent = 256;
  static constexpr uint64_t kNoChunk = ~uint64_t{0};

  struct Slot {
    uint64_t chunk = kNoChunk;
    Value* value = nullptr;
  };

  Value* find_in_all(uint64_t chunk) const {
    const auto found = all_.find(chunk);
    if (found == all_.end()) return nullptr;
    Value* const value = found->second.data();
    recent_[chunk % kRecent] = {chunk, value};
    return value;
  }

  mutable std::unordered_map<uint64_t, ZeroedArray<Value>> all_;
  mutable std::array<Slot, kRecent> recent_{};
};

}  // namespace nestwalk
