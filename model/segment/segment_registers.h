// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>

#include "model/address/address.h"

namespace nestwalk {

/// The registers of one direct segment, {BASE, LIMIT, OFFSET} (spec 2.1): From -> To for
/// BASE <= a < LIMIT, a + OFFSET modulo 2^64. BASE = LIMIT switches the level off.
template <class From, class To>
class SegmentRegisters {
 public:
  /// Off.
  constexpr SegmentRegisters() = default;

  /// Throws std::invalid_argument if a register is not 4 KiB aligned or LIMIT < BASE (spec 2.1).
  SegmentRegisters(From base, From limit, uint64_t offset)
      : base_(base), limit_(limit), offset_(offset) {
    if (((base.value() | limit.value() | offset) & mask(PageSize::k4K)) != 0)
      throw std::invalid_argument("segment registers must be 4 KiB aligned");
    if (limit < base) throw std::invalid_argument("segment LIMIT is below BASE");
  }

  constexpr From base() const { return base_; }
  constexpr From limit() const { return limit_; }
  constexpr uint64_t offset() const { return offset_; }

  constexpr bool enabled() const { return base_ != limit_; }
  /// One subtraction and one comparison: BASE <= address < LIMIT.
  constexpr bool contains(From address) const { return address - base_ < limit_ - base_; }
  /// Where the segment maps an address that it contains.
  constexpr To translate(From address) const { return To(address.value() + offset_); }

  friend constexpr bool operator==(const SegmentRegisters& a, const SegmentRegisters& b) {
    return a.base_ == b.base_ && a.limit_ == b.limit_ && a.offset_ == b.offset_;
  }

 private:
  From base_{};
  From limit_{};
  uint64_t offset_ = 0;
};

/// Guest level: set by the guest OS, one setting a process.
using GuestSegment = SegmentRegisters<GuestVirtual, GuestPhysical>;
/// VMM level: set by the VMM, one setting a VM.
using VmmSegment = SegmentRegisters<GuestPhysical, HostPhysical>;

}  // namespace nestwalk
