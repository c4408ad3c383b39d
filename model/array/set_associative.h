// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "model/array/modulo.h"
#include "model/array/replacement.h"
#include "model/random/split_mix.h"

namespace nestwalk {

/// Sets of an array at most.
inline constexpr uint64_t kMaxSets = Modulo::kMaxDivisor;

/// Tags with a payload in sets of ways: the storage of TLBs, paging-structure caches and caches.
///
/// A set is `index modulo sets`. Keys are not 0; an empty way has key 0. Under true LRU a set is
/// kept in order of recency, so that a hit on its first way changes nothing and the victim is the
/// last: no time stamps. Under the other policies ways stay where they are.
///
/// Most arrays that are built are *usual* (`is_usual`). Who has asked may say so by the template
/// argument of the functions that a walk calls most, and gets code for that shape alone.
template <class Payload>
class SetAssociative {
 public:
  /// The payload is a base so that an empty one takes no room.
  struct Entry : Payload {
    uint64_t key = 0;
  };

  /// Throws std::invalid_argument if ways do not divide entries, if there are more than `kMaxSets`
  /// sets, or if tree PLRU is asked for ways that are not a power of two or too many.
  SetAssociative(uint32_t entries, uint32_t ways, Replacement replacement, uint64_t seed = 1)
      : ways_(ways),
        set_of_(sets_in(entries, ways)),
        replacement_(replacement),
        random_(split_mix(seed, 0) | 1) {  // xorshift never leaves 0
    if (replacement == Replacement::kTreePlru &&
        ((ways & (ways - 1)) != 0 || ways > kMaxTreePlruWays))
      throw std::invalid_argument("tree PLRU needs a power of two of at most 64 ways");
    entries_.resize(entries);
    if (replacement == Replacement::kTreePlru) trees_.resize(set_of_.divisor());
  }

  uint32_t ways() const { return ways_; }
  uint64_t sets() const { return set_of_.divisor(); }
  /// Which set an index is of.
  const Modulo& set_of() const { return set_of_; }
  /// Four ways, a power of two of sets, true LRU.
  bool is_usual() const {
    return ways_ == kFour && set_of_.is_power_of_two() && replacement_ == Replacement::kLru;
  }

  /// The ways of the set of `index`.
  template <bool usual = false>
  Entry* set(uint64_t index) {
    if constexpr (usual) return entries_.data() + set_of_.masked(index) * kFour;
    return entries_.data() + set_of_(index) * ways_;
  }
  const Entry* set(uint64_t index) const { return entries_.data() + set_of_(index) * ways_; }

  /// Way of `key` in its set, or -1. Changes nothing.
  template <bool usual = false>
  int locate(const Entry* set, uint64_t key) const {
    if (usual || ways_ == kFour) return locate_in_four(set, key);
    for (uint32_t way = 0; way < ways_; ++way)
      if (set[way].key == key) return static_cast<int>(way);
    return -1;
  }

  /// Marks a way as just used and returns where its entry now is.
  template <bool usual = false>
  Entry* touch(Entry* set, int way) {
    if (usual || replacement_ == Replacement::kLru) {
      if (way != 0) put_in_front(set, way, set[way]);
      return set;
    }
    if (replacement_ == Replacement::kTreePlru) touch_tree(set, way);
    return set + way;
  }

  /// The entry of `key`, marked as just used, or nullptr.
  template <bool usual = false>
  Entry* find(uint64_t index, uint64_t key) {
    Entry* const ways = set<usual>(index);
    if (ways->key == key) return touch<usual>(ways, 0);
    const int way = locate<usual>(ways, key);
    return way < 0 ? nullptr : touch<usual>(ways, way);
  }

  /// The entry of `key` or nullptr; changes nothing.
  const Entry* peek(uint64_t index, uint64_t key) const {
    const Entry* const ways = set(index);
    const int way = locate(ways, key);
    return way < 0 ? nullptr : ways + way;
  }

  /// Puts `payload` in under `key`, over the same key's entry if there is one, else in an empty
  /// way, else over the victim. It is then the most recently used.
  template <bool usual = false>
  void insert(uint64_t index, uint64_t key, const Payload& payload) {
    insert_in<usual>(set<usual>(index), key, payload);
  }
  template <bool usual = false>
  void insert_in(Entry* set, uint64_t key, const Payload& payload) {
    const int way = locate<usual>(set, key);
    if (way < 0)
      insert_absent<usual>(set, key, payload);
    else
      static_cast<Payload&>(*touch<usual>(set, way)) = payload;
  }

  /// The same for a key that is known to be in no way of its set.
  template <bool usual = false>
  void insert_absent(Entry* set, uint64_t key, const Payload& payload) {
    Entry entry;
    static_cast<Payload&>(entry) = payload;
    entry.key = key;
    if constexpr (usual) {
      put_in_front(set, kFour - 1, entry);
    } else if (replacement_ == Replacement::kLru) {  // the last way is empty, or the victim
      put_in_front(set, static_cast<int>(ways_) - 1, entry);
    } else {
      const int way = vacancy(set);
      set[way] = entry;
      touch(set, way);
    }
  }

  /// Empties the ways whose entry satisfies `dead`; the others keep their order. Returns how many.
  template <class Predicate>
  uint64_t erase_if(Predicate dead) {
    uint64_t erased = 0;
    for (size_t first = 0; first < entries_.size(); first += ways_) erased += erase_in(first, dead);
    return erased;
  }

  void clear() {
    std::fill(entries_.begin(), entries_.end(), Entry{});
    std::fill(trees_.begin(), trees_.end(), 0);
  }

  /// All ways, set by set; for tests and dumps.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static uint64_t sets_in(uint32_t entries, uint32_t ways) {
    if (ways == 0 || entries == 0 || entries % ways != 0)
      throw std::invalid_argument("the number of ways must divide the number of entries");
    if (entries / ways > kMaxSets)
      throw std::invalid_argument("more than 2^18 sets are not supported");
    return entries / ways;
  }

  static constexpr uint32_t kFour = 4;  ///< The usual number of ways, which gets code of its own.

  /// Without a branch: which way hits cannot be predicted.
  static int locate_in_four(const Entry* set, uint64_t key) {
    int way = set[3].key == key ? 3 : -1;
    way = set[2].key == key ? 2 : way;
    way = set[1].key == key ? 1 : way;
    return set[0].key == key ? 0 : way;
  }

  /// Moves the ways before `way` one back, over it, and puts the entry first.
  static void put_in_front(Entry* set, int way, const Entry entry) {
    if (way == kFour - 1) {  // a fill
      const Entry first = set[0];
      const Entry second = set[1];
      set[3] = set[2];
      set[2] = second;
      set[1] = first;
    } else {
      for (int i = way; i > 0; --i) {
        set[i] = set[i - 1];
        asm volatile("");  // a few moves: a call of memmove would cost more
      }
    }
    set[0] = entry;
  }

  int vacancy(Entry* set) {
    const int empty = locate(set, 0);
    if (empty >= 0) return empty;
    return replacement_ == Replacement::kTreePlru ? tree_victim(set) : random_way();
  }

  uint64_t& tree(const Entry* set) {
    return trees_[static_cast<size_t>(set - entries_.data()) / ways_];
  }

  /// Node bits point away from what was used: 1 = the victim is in the upper half.
  void touch_tree(const Entry* set, int way) {
    uint64_t& bits = tree(set);
    uint32_t node = 1;
    for (uint32_t half = ways_ / 2; half != 0; half /= 2) {
      const bool upper = (static_cast<uint32_t>(way) & half) != 0;
      bits = upper ? bits & ~(uint64_t{1} << node) : bits | uint64_t{1} << node;
      node = 2 * node + (upper ? 1 : 0);
    }
  }

  int tree_victim(const Entry* set) {
    const uint64_t bits = tree(set);
    uint32_t node = 1;
    uint32_t way = 0;
    for (uint32_t half = ways_ / 2; half != 0; half /= 2) {
      const bool upper = (bits >> node & 1) != 0;
      if (upper) way += half;
      node = 2 * node + (upper ? 1 : 0);
    }
    return static_cast<int>(way);
  }

  int random_way() {  // xorshift64*
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return static_cast<int>(((random_ * 0x2545f4914f6cdd1dU) >> 32) % ways_);
  }

  template <class Predicate>
  uint64_t erase_in(size_t first, Predicate dead) {
    uint64_t erased = 0;
    size_t kept = first;
    for (size_t i = first; i < first + ways_; ++i) {
      if (entries_[i].key != 0 && dead(entries_[i])) {
        entries_[i] = Entry{};
        ++erased;
      } else if (replacement_ == Replacement::kLru) {
        if (kept != i) std::swap(entries_[kept], entries_[i]);
        ++kept;
      }
    }
    return erased;
  }

  uint32_t ways_;
  Modulo set_of_;
  Replacement replacement_;
  uint64_t random_;
  std::vector<Entry> entries_;
  std::vector<uint64_t> trees_;
};

}  // namespace nestwalk
