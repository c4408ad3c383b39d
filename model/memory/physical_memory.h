// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "model/address/address.h"

namespace nestwalk {

/// Simulated host-physical memory: one lazily touched mapping, so that hundreds of GB cost what is
/// written. Never written memory reads as 0. Little-endian, as x86.
class PhysicalMemory {
 public:
  /// `size` in bytes, a multiple of 4 KiB, at most 2^46. Throws std::runtime_error if the host does
  /// not lend that much address space.
  explicit PhysicalMemory(uint64_t size);
  ~PhysicalMemory();
  PhysicalMemory(const PhysicalMemory&) = delete;
  PhysicalMemory& operator=(const PhysicalMemory&) = delete;

  uint64_t size() const { return size_; }
  bool contains(HostPhysical address, uint64_t length) const {
    return address.value() < size_ && length <= size_ - address.value();
  }

  /// The byte at an address; valid up to the end of memory.
  uint8_t* data(HostPhysical address) { return data_ + address.value(); }

  /// 8-byte words at 8-aligned addresses. Beyond memory a read gives 0 and a write is lost.
  uint64_t read(HostPhysical address) const {
    return contains(address, 8) ? read_within(address) : 0;
  }
  void write(HostPhysical address, uint64_t word) {
    if (contains(address, 8)) std::memcpy(data_ + address.value(), &word, 8);
  }
  /// `contains` of the word at an 8-aligned address.
  bool contains_word(HostPhysical address) const { return address.value() < size_; }
  /// `read` where memory is known to contain the word.
  uint64_t read_within(HostPhysical address) const {
    uint64_t word;
    std::memcpy(&word, data_ + address.value(), 8);
    return word;
  }

  /// Says that [address, address + length), in memory and 4 KiB aligned, will be used densely: the
  /// host may back it by large pages. Elsewhere it uses small ones.
  void expect_dense(HostPhysical address, uint64_t length);

 private:
  uint64_t size_;
  uint8_t* data_;
};

}  // namespace nestwalk
