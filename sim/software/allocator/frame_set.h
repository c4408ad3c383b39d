// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace nestwalk {

/// Consecutive 4K frames of a physical address space, by number.
struct FrameRun {
  uint64_t first = 0;
  uint64_t count = 0;

  uint64_t end() const { return first + count; }
  bool contains(uint64_t frame) const { return frame - first < count; }

  friend bool operator==(const FrameRun& a, const FrameRun& b) {
    return a.first == b.first && a.count == b.count;
  }
};

/// A set of numbers below `size`: a bit each, and a bit each for whole words above them, so that
/// finding the next one looks at few words however sparse the set is. Costs what is touched.
class FrameSet {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};

  explicit FrameSet(uint64_t size) : size_(size) {
    for (uint64_t bits = size;;) {
      const uint64_t words = (bits + kWordBits - 1) / kWordBits;
      levels_.push_back(zeros(std::max<uint64_t>(words, 1)));
      words_.push_back(std::max<uint64_t>(words, 1));
      if (words <= 1) break;
      bits = words;
    }
  }

  uint64_t size() const { return size_; }

  bool test(uint64_t number) const {
    return (levels_[0][number / kWordBits] >> (number % kWordBits) & 1) != 0;
  }

  void set(uint64_t number) {
    for (auto& level : levels_) {
      uint64_t& word = level[number / kWordBits];
      const bool was_empty = word == 0;
      word |= uint64_t{1} << (number % kWordBits);
      if (!was_empty) return;
      number /= kWordBits;
    }
  }

  void reset(uint64_t number) {
    for (auto& level : levels_) {
      uint64_t& word = level[number / kWordBits];
      word &= ~(uint64_t{1} << (number % kWordBits));
      if (word != 0) return;
      number /= kWordBits;
    }
  }

  void set(const FrameRun& run) {
    each_word(run, [this](uint64_t word, uint64_t bits) {
      levels_[0][word] |= bits;
      mark_above(word);
    });
  }
  void reset(const FrameRun& run) {
    each_word(run, [this](uint64_t word, uint64_t bits) {
      levels_[0][word] &= ~bits;
      if (levels_[0][word] == 0) clear_above(word);
    });
  }

  /// The smallest member that is at least `from`; kNone.
  uint64_t next(uint64_t from) const {
    for (size_t level = 0; level < levels_.size(); ++level) {
      if (from / kWordBits >= words_[level]) return kNone;
      const uint64_t word = levels_[level][from / kWordBits] >> (from % kWordBits);
      if (word != 0) return descend(level, from + lowest(word));
      from = from / kWordBits + 1;
    }
    return kNone;
  }
  /// The smallest number from `from` on that is no member, at most `size()`.
  uint64_t next_missing(uint64_t from) const {
    while (from < size_) {
      const uint64_t word = ~levels_[0][from / kWordBits] >> (from % kWordBits);
      if (word != 0) return std::min(from + lowest(word), size_);
      from = (from / kWordBits + 1) * kWordBits;
    }
    return size_;
  }

  /// Members in the run.
  uint64_t count(const FrameRun& run) const {
    uint64_t sum = 0;
    each_word(run, [&](uint64_t word, uint64_t bits) {
      sum += static_cast<uint64_t>(__builtin_popcountll(levels_[0][word] & bits));
    });
    return sum;
  }

  /// The first run of members at or after `from`; its count is 0 if there is none.
  FrameRun next_run(uint64_t from) const {
    const uint64_t first = next(from);
    if (first == kNone) return {};
    return {first, next_missing(first) - first};
  }

 private:
  static constexpr uint64_t kWordBits = 64;

  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }
  };
  using Words = std::unique_ptr<uint64_t[], Free>;

  /// Fresh pages of the system: what stays zero is not touched.
  static Words zeros(uint64_t words) {
    auto* const made = static_cast<uint64_t*>(std::calloc(words, sizeof(uint64_t)));
    if (made == nullptr) throw std::bad_alloc();
    return Words(made);
  }

  static uint64_t lowest(uint64_t word) { return static_cast<uint64_t>(__builtin_ctzll(word)); }

  uint64_t descend(size_t level, uint64_t number) const {
    while (level-- > 0) number = number * kWordBits + lowest(levels_[level][number]);
    return number;
  }

  /// Calls `visit(word, bits)` for each word of the bottom level that the run is in.
  template <class Visit>
  static void each_word(const FrameRun& run, Visit visit) {
    for (uint64_t at = run.first; at < run.end();) {
      const uint64_t next = std::min((at / kWordBits + 1) * kWordBits, run.end());
      const uint64_t bits = ~uint64_t{0} >> (kWordBits - (next - at));
      visit(at / kWordBits, bits << (at % kWordBits));
      at = next;
    }
  }

  void mark_above(uint64_t word) {
    for (size_t level = 1; level < levels_.size(); ++level, word /= kWordBits)
      levels_[level][word / kWordBits] |= uint64_t{1} << (word % kWordBits);
  }
  void clear_above(uint64_t word) {
    for (size_t level = 1; level < levels_.size(); ++level, word /= kWordBits) {
      uint64_t& above = levels_[level][word / kWordBits];
      above &= ~(uint64_t{1} << (word % kWordBits));
      if (above != 0) return;
    }
  }

  uint64_t size_;
  std::vector<Words> levels_;
  std::vector<uint64_t> words_;  ///< Of each level.
};

}  // namespace nestwalk
