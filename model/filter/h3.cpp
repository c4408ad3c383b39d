// SPDX-License-Identifier: Apache-2.0
#include "model/filter/h3.h"

namespace nestwalk {
namespace {

uint64_t parity(uint64_t bits) {
  return static_cast<uint64_t>(__builtin_parityll(bits));
}

}  // namespace

H3::H3(int hashes, int output_bits, uint64_t seed) {
  for (size_t byte = 0; byte < tables_.size(); ++byte)
    for (uint64_t value = 0; value < 256; ++value) {
      Packed& part = tables_[byte][value];
      for (int hash = 0; hash < hashes; ++hash)
        for (int bit = 0; bit < output_bits; ++bit) {
          uint64_t& word = hash < 4 ? part.low : part.high;
          word |= parity(value << (8 * byte) & row(hash, bit, seed)) << (16 * (hash % 4) + bit);
        }
    }
}

}  // namespace nestwalk
