// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/address/address.h"

namespace nestwalk {

/// A sparse image of host-physical memory: the pages of a vector case's `case.bin`, which is
/// `char magic[8] = "NPTIMG01"; u32 version = 1; u32 pages; u64 data_offset; u64 0; u64
/// hpa[pages]`, padding, then the pages. All little-endian.
class PageImage {
 public:
  /// Throws InputError, naming the file and the byte offset of what is wrong.
  explicit PageImage(const std::string& path);

  /// The 8-aligned word at an address; 0 where the image has no page.
  uint64_t read(HostPhysical address) const;
  /// Sets bits in a word of a page that the image has.
  void set_bits(HostPhysical address, uint64_t bits);
  /// Takes every `set_bits` back.
  void restore();

 private:
  /// Index in `words_`, if the image has the page.
  std::optional<size_t> find(HostPhysical address) const;

  std::unordered_map<uint64_t, size_t> page_index_;  ///< By page number.
  std::vector<uint64_t> words_;
  std::vector<std::pair<size_t, uint64_t>> undo_;  ///< Words before they were changed.
};

}  // namespace nestwalk
