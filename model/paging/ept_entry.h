// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/paging/bit_field.h"

namespace nestwalk {

/// Memory types of an EPT leaf; 2, 3 and 7 are reserved (Intel SDM vol. 3, 29.3.7).
enum class EptMemoryType : uint8_t {
  kUncacheable = 0,
  kWriteCombining = 1,
  kWriteThrough = 4,
  kWriteProtected = 5,
  kWriteBack = 6,
};

/// One entry of Intel extended page tables, any level (Intel SDM vol. 3, 29.3.2).
class EptEntry {
 public:
  using Readable = BitField<0>;
  using Writable = BitField<1>;
  using Executable = BitField<2>;
  using Rights = BitField<0, 3>;      ///< All three 0: not present.
  using MemoryType = BitField<3, 3>;  ///< Leaves; reserved elsewhere.
  using IgnorePat = BitField<6>;      ///< Leaves; reserved elsewhere.
  using LargePage = BitField<7>;      ///< Levels 2 and 3; ignored at level 1, reserved above.
  using Accessed = BitField<8>;       ///< A, if EPTP bit 6 is on; else ignored.
  using Dirty = BitField<9>;          ///< D of a leaf, if EPTP bit 6 is on; else ignored.
  using Frame = BitField<12, 40>;     ///< Address bits 51:12.

  constexpr EptEntry() = default;
  constexpr explicit EptEntry(uint64_t word) : word_(word) {}
  constexpr uint64_t word() const { return word_; }

  constexpr bool present() const { return Rights::get(word_) != 0; }
  constexpr bool readable() const { return Readable::get(word_) != 0; }
  constexpr bool writable() const { return Writable::get(word_) != 0; }
  constexpr bool executable() const { return Executable::get(word_) != 0; }
  constexpr EptMemoryType memory_type() const {
    return static_cast<EptMemoryType>(MemoryType::get(word_));
  }
  constexpr bool ignore_pat() const { return IgnorePat::get(word_) != 0; }
  constexpr bool large_page() const { return LargePage::get(word_) != 0; }
  constexpr bool accessed() const { return Accessed::get(word_) != 0; }
  constexpr bool dirty() const { return Dirty::get(word_) != 0; }
  /// Of the next table, or of a leaf's page.
  constexpr HostPhysical address() const { return HostPhysical(word_ & Frame::kMask); }
  /// Start of a leaf's page.
  constexpr HostPhysical page(PageSize size) const { return address().align_down(size); }

  constexpr EptEntry& set_readable(bool on) { return set<Readable>(on); }
  constexpr EptEntry& set_writable(bool on) { return set<Writable>(on); }
  constexpr EptEntry& set_executable(bool on) { return set<Executable>(on); }
  constexpr EptEntry& set_memory_type(EptMemoryType type) {
    return set<MemoryType>(static_cast<uint64_t>(type));
  }
  constexpr EptEntry& set_ignore_pat(bool on) { return set<IgnorePat>(on); }
  constexpr EptEntry& set_large_page(bool on) { return set<LargePage>(on); }
  constexpr EptEntry& set_accessed(bool on) { return set<Accessed>(on); }
  constexpr EptEntry& set_dirty(bool on) { return set<Dirty>(on); }
  /// Bits 51:12 of `address`; the others are dropped.
  constexpr EptEntry& set_address(HostPhysical address) {
    return set<Frame>(address.value() >> 12);
  }

 private:
  template <class Field>
  constexpr EptEntry& set(uint64_t value) {
    word_ = Field::set(word_, value);
    return *this;
  }

  uint64_t word_ = 0;
};

}  // namespace nestwalk
