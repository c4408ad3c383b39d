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
    Tags::Entry* const set = tags_.set(line);
    const int way = set->key == key(line) ? 0 : tags_.locate(set, key(line));
    if (way < 0) {
      missed_key_ = key(line);
      missed_set_ = set;
      return false;
    }
    tags_.touch(set, way);
    return true;
  }

  /// Whether the line of a physical address is present; if not it is brought in. Either way it is
  /// now the most recently used.
  bool access(uint64_t address) {
    const uint64_t line = address >> kLineShift;
    Tags::Entry* const set = tags_.set(line);
    if (set->key == key(line)) {
      tags_.touch(set, 0);
      return true;
    }
    const int way = tags_.locate(set, key(line));
    if (way >= 0) {
      tags_.touch(set, way);
      return true;
    }
    tags_.insert_absent(set, key(line), Nothing{});
    missed_key_ = 0;
    return false;
  }

  /// Brings the line of a physical address in.
  void fill(uint64_t address) {
    const uint64_t line = address >> kLineShift;
    // Most often it is the line that was just missed: then its set need not be searched again.
    if (missed_key_ == key(line))
      tags_.insert_absent(missed_set_, missed_key_, Nothing{});
    else
      tags_.insert(line, key(line), Nothing{});
    missed_key_ = 0;
  }

  /// Whether the line is present; changes nothing.
  bool holds(uint64_t address) const {
    const uint64_t line = address >> kLineShift;
    return tags_.peek(line, key(line)) != nullptr;
  }

  void clear() {
    tags_.clear();
    missed_key_ = 0;
  }

 private:
  struct Nothing {};
  using Tags = SetAssociative<Nothing>;

  static uint32_t lines(uint64_t size) {
    if (size % kLineBytes != 0 || size / kLineBytes > UINT32_MAX)
      throw std::invalid_argument("a cache is a whole number of 64-byte lines, less than 2^32");
    return static_cast<uint32_t>(size / kLineBytes);
  }

  static uint64_t key(uint64_t line) { return line + 1; }  // 0 is an empty way

  Tags tags_;
  uint64_t missed_key_ = 0;  ///< Of the last miss, if nothing was filled since; else 0.
  Tags::Entry* missed_set_ = nullptr;
};

}  // namespace nestwalk
