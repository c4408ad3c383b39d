// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>

#include "model/cache/cache_config.h"
#include "model/tlb/set_associative.h"

namespace nestwalk {

inline constexpr int kLineShift = 6;
inline constexpr uint64_t kLineBytes = uint64_t{1} << kLineShift;

/// The tags of one cache level, 64-byte lines. Contents stay in memory: timing needs tags only.
class Cache {
 public:
  /// `config.enabled`; throws std::invalid_argument if the size is not a whole number of lines, and
  /// as SetAssociative does.
  explicit Cache(const CacheConfig& config, uint64_t seed = 1)
      : tags_(lines(config.size), config.ways, config.replacement, seed) {}

  /// Whether the line of a physical address is present; if so it is now the most recently used.
  bool look_up(uint64_t address) {
    const uint64_t line = address >> kLineShift;
    return tags_.find(line, key(line)) != nullptr;
  }

  /// Brings the line of a physical address in.
  void fill(uint64_t address) {
    const uint64_t line = address >> kLineShift;
    tags_.insert(line, key(line), Nothing{});
  }

  /// Whether the line is present; changes nothing.
  bool holds(uint64_t address) const {
    const uint64_t line = address >> kLineShift;
    return tags_.peek(line, key(line)) != nullptr;
  }

  void clear() { tags_.clear(); }

 private:
  struct Nothing {};

  static uint32_t lines(uint64_t size) {
    if (size % kLineBytes != 0 || size / kLineBytes > UINT32_MAX)
      throw std::invalid_argument("a cache is a whole number of 64-byte lines, less than 2^32");
    return static_cast<uint32_t>(size / kLineBytes);
  }

  static uint64_t key(uint64_t line) { return line + 1; }  // 0 is an empty way

  SetAssociative<Nothing> tags_;
};

}  // namespace nestwalk
