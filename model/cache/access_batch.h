// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/address/address.h"
#include "model/cache/cache.h"

namespace nestwalk {

/// Accesses of a core to lines of memory in their order, gathered so that a CacheChain answers them
/// together: each level is then a loop over what the nearer ones do not have, without a branch that
/// asks which level has it.
class AccessBatch {
 public:
  static constexpr uint32_t kCapacity = 512;

  uint32_t size() const { return size_; }
  uint32_t room() const { return kCapacity - size_; }
  /// There must be room.
  void add(HostPhysical address) { lines_[size_++] = line_of(address); }
  void clear() { size_ = 0; }
  /// Start of its line, before it is answered.
  HostPhysical address(uint32_t place) const { return HostPhysical(lines_[place] << kLineShift); }
  void set_levels_missed(uint32_t place, size_t levels) {
    missed_[place] = static_cast<uint8_t>(levels);
  }

  /// Once answered by a level or more: how many levels did not have the line of the access, by its
  /// place among all.
  size_t levels_missed(uint32_t place) const { return missed_[place]; }

  /// Has the nearest level answer; returns how many it did not have, which are left now. `Set` as
  /// for Cache.
  template <class Set>
  uint32_t ask_first(Cache& level) {
    uint32_t left = 0;
    level.access_each<Set>(lines_.data(), size_, [this, &left](size_t i, bool missed) {
      missed_[i] = missed;
      keep(left, lines_[i], static_cast<uint16_t>(i));
      left += missed;
    });
    return left;
  }
  /// Has the next level answer the `count` that are left.
  template <class Set>
  uint32_t ask_next(Cache& level, uint32_t count) {
    uint32_t left = 0;
    level.access_each<Set>(lines_.data(), count, [this, &left](size_t i, bool missed) {
      const uint16_t place = places_[i];
      missed_[place] = static_cast<uint8_t>(missed_[place] + missed);
      keep(left, lines_[i], place);
      left += missed;
    });
    return left;
  }

 private:
  /// It is left if `at` then moves past it.
  void keep(uint32_t at, uint64_t line, uint16_t place) {
    lines_[at] = line;
    places_[at] = place;
  }

  std::array<uint64_t, kCapacity> lines_;   ///< As levels answer: of the accesses that are left.
  std::array<uint16_t, kCapacity> places_;  ///< Of these.
  std::array<uint8_t, kCapacity> missed_;
  uint32_t size_ = 0;
};

}  // namespace nestwalk
