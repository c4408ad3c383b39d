// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/array/zeroed_array.h"
#include "sim/stream/nwt/address_code.h"
#include "sim/stream/reference.h"

namespace nestwalk::nwt {

/// Turns a block's codes back into elements, straight into the caller's batch.
class BlockDecoder {
 public:
  BlockDecoder();

  /// Room for the decompressed parts of a block.
  uint8_t* room_for_head(size_t size);
  uint8_t* room_for_deltas(size_t size);

  /// Begins a block of `elements`, whose head and deltas stand in that room. Returns what is wrong
  /// with it; empty if nothing.
  std::string begin(size_t elements, size_t head_size, size_t delta_size, bool wide_codes);

  size_t left() const { return left_; }
  /// Of a block of which nothing is left: how many more bytes of deltas its codes have used than it
  /// has; 0 in any block that was written right.
  std::ptrdiff_t excess() const { return delta_ - delta_end_; }
  /// Decodes `count` elements, at most left().
  void decode(Reference* to, size_t count);

 private:
  /// A dictionary entry, laid out for two 16-byte operations on {address, shape} pairs.
  struct alignas(32) Entry {
    uint64_t mask;  ///< Bits of the delta word. The upper half of the pair below is
    int32_t back;   ///< combined with zero: it has room for others.
    uint32_t delta_bytes;
    uint64_t bias;
    uint64_t shape;
  };
  static_assert(sizeof(Entry) == 32);

  std::string parse_dictionary(const uint8_t*& at, const uint8_t* end);
  template <class Code>
  void decode_run(Reference* to, size_t count);
  void decode_any(Reference* to, size_t count);

  std::vector<uint8_t> head_;
  ZeroedArray<uint8_t> deltas_;
  std::vector<AddressCode> address_codes_;
  std::vector<uint64_t> shapes_;
  std::vector<Entry> entries_;
  const uint8_t* code_ = nullptr;
  const uint8_t* delta_ = nullptr;
  const uint8_t* delta_end_ = nullptr;
  bool wide_codes_ = false;
  size_t left_ = 0;
  Reference recent_[2 * kWindow];  ///< The last kWindow elements decoded, then as many new ones.
};

}  // namespace nestwalk::nwt
