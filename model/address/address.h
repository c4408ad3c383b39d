// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/page_size.h"

namespace nestwalk {

/// A byte address of one address space (spec 1). Addresses of different spaces do not convert into
/// each other: only a page table, a segment or an explicit `Address(uint64_t)` makes one of
/// another.
template <class Space>
class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  /// Number of the page of `size` that holds this address.
  constexpr uint64_t page(PageSize size = PageSize::k4K) const { return value_ >> shift(size); }
  /// Bytes from the start of that page.
  constexpr uint64_t offset(PageSize size = PageSize::k4K) const { return value_ & mask(size); }
  /// Start of that page.
  constexpr Address align_down(PageSize size) const { return Address(value_ & ~mask(size)); }
  constexpr bool is_aligned(PageSize size) const { return offset(size) == 0; }

  /// Sums and differences in bytes, modulo 2^64.
  constexpr Address operator+(uint64_t bytes) const { return Address(value_ + bytes); }
  constexpr Address operator-(uint64_t bytes) const { return Address(value_ - bytes); }
  constexpr uint64_t operator-(Address other) const { return value_ - other.value_; }

  friend constexpr bool operator==(Address a, Address b) { return a.value_ == b.value_; }
  friend constexpr bool operator!=(Address a, Address b) { return a.value_ != b.value_; }
  friend constexpr bool operator<(Address a, Address b) { return a.value_ < b.value_; }
  friend constexpr bool operator<=(Address a, Address b) { return a.value_ <= b.value_; }
  friend constexpr bool operator>(Address a, Address b) { return a.value_ > b.value_; }
  friend constexpr bool operator>=(Address a, Address b) { return a.value_ >= b.value_; }

 private:
  uint64_t value_ = 0;
};

/// gVA: what the program uses. Natively, the virtual address.
using GuestVirtual = Address<struct GuestVirtualSpace>;
/// gPA: what the guest's tables and guest segment give. Does not exist natively.
using GuestPhysical = Address<struct GuestPhysicalSpace>;
/// hPA: what memory is read with. Natively, the physical address.
using HostPhysical = Address<struct HostPhysicalSpace>;

/// Without a VMM level the guest's output already is the physical address.
constexpr HostPhysical unvirtualized(GuestPhysical address) {
  return HostPhysical(address.value());
}

/// Whether bits 63 down to the top translated bit are equal (Intel SDM vol. 3, 4.5; AMD APM vol. 2,
/// 5.3.1). `levels` is 4 or 5.
constexpr bool is_canonical(GuestVirtual address, int levels) {
  const int unused = 64 - (12 + 9 * levels);
  const auto value = static_cast<int64_t>(address.value() << unused);
  return static_cast<uint64_t>(value >> unused) == address.value();
}

}  // namespace nestwalk
