// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "model/address/address.h"

namespace nestwalk {

/// A raw image of physical memory, offset = address (as QEMU's pmemsave writes it), mapped and
/// never changed: only what a walk touches is read.
class RawMemory {
 public:
  /// Throws InputError if the file cannot be mapped.
  explicit RawMemory(const std::string& path);
  ~RawMemory();
  RawMemory(const RawMemory&) = delete;
  RawMemory& operator=(const RawMemory&) = delete;

  /// The 8-aligned little-endian word at an address; 0, which no table entry is present with, where
  /// the image ends before it does.
  uint64_t read(HostPhysical address);
  /// The first address that was read past the end.
  const std::optional<HostPhysical>& first_past_end() const { return first_past_end_; }

 private:
  const unsigned char* data_ = nullptr;
  size_t size_ = 0;
  std::optional<HostPhysical> first_past_end_;
};

}  // namespace nestwalk
