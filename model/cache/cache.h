// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "model/address/address.h"
#include "model/array/set_associative.h"
#include "model/cache/cache_config.h"
#include "model/cache/lru_tags.h"

namespace nestwalk {

inline constexpr int kLineShift = 6;
inline constexpr uint64_t kLineBytes = uint64_t{1} << kLineShift;

/// Number of the line that holds an address.
constexpr uint64_t line_of(HostPhysical address) {
  return address.value() >> kLineShift;
}

/// The tags of one cache level, 64-byte lines. Contents stay in memory: timing needs tags only.
class Cache {
 public:
  /// `config.enabled`; `reach`: the end of memory, where nothing is ever filled. Throws
  /// std::invalid_argument if the size is not a whole number of lines, and as SetAssociative does.
  explicit Cache(const CacheConfig& config, uint64_t seed = 1, uint64_t reach = ~uint64_t{0}) {
    const uint32_t count = lines(config.size);
    const bool narrow = config.replacement == Replacement::kLru && config.ways != 0 && count != 0 &&
                        count % config.ways == 0 && count / config.ways <= Modulo::kMaxDivisor &&
                        LruTags::fit(reach >> kLineShift, count / config.ways, config.ways);
    if (narrow)
      lru_.emplace(count / config.ways, config.ways);
    else
      any_.emplace(count, config.ways, config.replacement, seed);
    if (reach != ~uint64_t{0}) last_ = reach - 1;
  }

  /// Whether the line of an address is present; if so it is now the most recently used.
  bool look_up(HostPhysical address) {
    const uint64_t line = line_of(address);
    if (!is_reachable(address)) return false;
    if (!lru_) return any_->find(line, key(line)) != nullptr;
    return lru_->contains(line) && lru_->access(line);
  }

  /// The same, and if the line is not present it is brought in.
  bool access(HostPhysical address) {
    const uint64_t line = line_of(address);
    if (!is_reachable(address)) return false;
    return lru_ ? lru_->access(line) : access_any(line);
  }

  /// The same for `count` lines (addresses / 64) below `reach` in their order; `answer(i, missed)`:
  /// whether line `i` was not present. `Set`: how sets of tags are searched, one of lru_set.h.
  template <class Set, class Answer>
  void access_each(const uint64_t* lines, size_t count, Answer answer) {
    if (lru_) return lru_->access_each<Set>(lines, count, answer);
    for (size_t i = 0; i < count; ++i) answer(i, !access_any(lines[i]));
  }

  /// Brings the line of an address in.
  void fill(HostPhysical address) { access(address); }

  /// Whether the line is present; changes nothing.
  bool holds(HostPhysical address) {
    const uint64_t line = line_of(address);
    if (!is_reachable(address)) return false;
    return lru_ ? lru_->contains(line) : any_->peek(line, key(line)) != nullptr;
  }

  void clear() {
    if (lru_) lru_->clear();
    if (any_) any_->clear();
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
  bool access_any(uint64_t line) {
    if (any_->find(line, key(line)) != nullptr) return true;
    any_->insert_absent(any_->set(line), key(line), Nothing{});
    return false;
  }
  bool is_reachable(HostPhysical address) const { return address.value() <= last_; }

  std::optional<LruTags> lru_;    ///< Where they fit: they are fast.
  std::optional<Tags> any_;       ///< Elsewhere.
  uint64_t last_ = ~uint64_t{0};  ///< Address below `reach`.
};

}  // namespace nestwalk
