// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nestwalk::nwt {

/// Well-mixed bits of `key`, the top `bits` of a product with an odd constant.
constexpr uint64_t hash_bits(uint64_t key, int bits) {
  return (key * 0x9e3779b97f4a7c15) >> (64 - bits);
}

/// Numbers for 64-bit keys, from 0 in order of appearance.
class Numbering {
 public:
  /// At most 2^(bits - 1) keys between two calls of clear().
  explicit Numbering(int bits) : bits_(bits), slots_(size_t{1} << bits) {}

  void clear() {
    for (const uint32_t position : positions_) slots_[position] = 0;
    positions_.clear();
    keys_.clear();
  }

  /// The key's number, given to it here if it has none.
  uint32_t number(uint64_t key) {
    const size_t position = slot(key);
    if (slots_[position] != 0) return slots_[position] - 1;
    keys_.push_back(key);
    positions_.push_back(static_cast<uint32_t>(position));
    slots_[position] = static_cast<uint32_t>(keys_.size());
    return slots_[position] - 1;
  }

  /// Unset: it has none.
  std::optional<uint32_t> find(uint64_t key) const {
    const uint32_t taken = slots_[slot(key)];
    return taken == 0 ? std::nullopt : std::optional(taken - 1);
  }

  /// Keys by number.
  const std::vector<uint64_t>& keys() const { return keys_; }

 private:
  /// The key's slot, or the free one where it belongs.
  size_t slot(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t position = hash_bits(key ^ (key >> 32), bits_);
    while (slots_[position] != 0 && keys_[slots_[position] - 1] != key)
      position = (position + 1) & mask;
    return position;
  }

  int bits_;
  std::vector<uint32_t> slots_;  ///< Number + 1; 0 is free.
  std::vector<uint32_t> positions_;
  std::vector<uint64_t> keys_;
};

}  // namespace nestwalk::nwt
