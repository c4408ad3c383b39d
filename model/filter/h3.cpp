// SPDX-License-Identifier: Apache-2.0
#include "model/filter/h3.h"

namespace nestwalk {

/// What one bit of the key contributes: column `key_bit` of the rows.
H3::Packed H3::column(int key_bit, int hashes, int output_bits, uint64_t seed) {
  Packed column;
  for (int hash = 0; hash < hashes; ++hash)
    for (int bit = 0; bit < output_bits; ++bit) {
      uint64_t& word = hash < 4 ? column.low : column.high;
      word |= (row(hash, bit, seed) >> key_bit & 1) << (16 * (hash % 4) + bit);
    }
  return column;
}

H3::H3(int hashes, int output_bits, uint64_t seed) {
  for (size_t byte = 0; byte < tables_.size(); ++byte) {
    auto& table = tables_[byte];
    for (size_t value = 1; value < table.size(); ++value) {
      const size_t others = value & (value - 1);  // without its lowest bit
      if (others == 0) {
        const int key_bit = static_cast<int>(8 * byte) + __builtin_ctzll(value);
        table[value] = column(key_bit, hashes, output_bits, seed);
      } else {
        table[value] = table[others] ^ table[value ^ others];
      }
    }
  }
}

}  // namespace nestwalk
