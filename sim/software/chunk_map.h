// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <unordered_map>

namespace nestwalk {

/// A `Value` for each 1 GiB chunk of an address space that is used, by the chunk's number. New
/// values are all zero bits, in fresh pages of the system, so that a large one costs what is
/// written. A small direct-mapped array of the chunks asked for last stands before the hash map:
/// finding one again costs a load and a compare.
template <class Value>
class ChunkMap {
  static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_destructible_v<Value>);

 public:
  /// nullptr: the chunk has no value yet.
  Value* find(uint64_t chunk) const {
    const Slot& slot = recent_[chunk % kRecent];
    return slot.chunk == chunk ? slot.value : find_in_all(chunk);
  }

  /// The chunk's value, made if it has none.
  Value& operator[](uint64_t chunk) {
    if (Value* const known = find(chunk)) return *known;
    Owned made(static_cast<Value*>(std::calloc(1, sizeof(Value))));
    if (made == nullptr) throw std::bad_alloc();
    Value& value = *made;
    all_.emplace(chunk, std::move(made));
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

  struct Free {
    void operator()(Value* value) const { std::free(value); }
  };
  using Owned = std::unique_ptr<Value, Free>;

  struct Slot {
    uint64_t chunk = kNoChunk;
    Value* value = nullptr;
  };

  Value* find_in_all(uint64_t chunk) const {
    const auto found = all_.find(chunk);
    if (found == all_.end()) return nullptr;
    recent_[chunk % kRecent] = {chunk, found->second.get()};
    return found->second.get();
  }

  std::unordered_map<uint64_t, Owned> all_;
  mutable std::array<Slot, kRecent> recent_{};
};

}  // namespace nestwalk
