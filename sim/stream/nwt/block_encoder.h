// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/stream/nwt/address_code.h"
#include "sim/stream/nwt/constant_differences.h"
#include "sim/stream/nwt/numbering.h"
#include "sim/stream/reference.h"

namespace nestwalk::nwt {

/// A block before general compression (doc/traces.md).
struct EncodedBlock {
  std::vector<uint8_t> head;    ///< Dictionary, then a code an element.
  std::vector<uint8_t> deltas;  ///< What the codes leave open.
  bool wide_codes = false;
  bool holds_fetches = false;
};

/// Turns elements into codes of a dictionary that it makes for each block. A code is an address
/// code and a *shape*: everything of an element but its address. Programs repeat few of them.
class BlockEncoder {
 public:
  BlockEncoder();

  /// `count` is 1 to kBlockElements. The result holds until the next call.
  const EncodedBlock& encode(const Reference* elements, size_t count);

 private:
  /// What followed the same two codes with the same shape.
  struct Likely {
    AddressCode code;
    uint32_t shape = 0;
    uint32_t block = 0;        ///< In which `combination` holds.
    uint32_t combination = 0;  ///< Of code and shape.
    uint32_t wasteful = 0;     ///< Times in a row that a byte less would have done.
  };

  Likely choose(const uint64_t* address, uint32_t shape);
  AddressCode search(const uint64_t* address, Likely& likely) const;
  uint32_t combine(const uint64_t* address, const AddressCode& code, uint32_t shape);
  std::optional<uint32_t> find_other(const uint64_t* address, uint32_t shape) const;
  AddressCode code_of(uint32_t combination) const;
  static bool keeps(const uint64_t* address, int bytes, Likely& likely);
  void write_head();

  ConstantDifferences constants_;
  Numbering shapes_;
  Numbering address_codes_;
  Numbering combinations_;
  std::vector<uint64_t> addresses_;  ///< kWindow zeros, then the block's.
  std::vector<uint32_t> codes_;

  /// By context. Mostly right, so that a search is rare, and regular, so that the codes compress.
  std::vector<Likely> likely_;
  uint64_t last_key_ = 0;
  uint64_t before_last_key_ = 0;
  uint32_t block_number_ = 0;

  EncodedBlock block_;
};

}  // namespace nestwalk::nwt
