// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/paging/bit_field.h"

namespace nestwalk {

/// One entry of an x86-64 4- or 5-level table, any level (Intel SDM vol. 3, 4.5; AMD APM vol.
/// 2, 5.3). `Target` is the space that its address lies in: gPA in a guest's tables, hPA in AMD
/// nested tables.
template <class Target>
class X86Entry {
 public:
  using Present = BitField<0>;
  using Writable = BitField<1>;
  using User = BitField<2>;
  using WriteThrough = BitField<3>;  ///< PWT
  using CacheDisable = BitField<4>;  ///< PCD
  using Accessed = BitField<5>;      ///< A
  using Dirty = BitField<6>;         ///< D, leaves only
  using LargePage = BitField<7>;     ///< PS at levels 2 and 3; PAT of a 4K leaf; reserved above.
  using Global = BitField<8>;        ///< G, leaves only
  using Frame = BitField<12, 40>;    ///< Address bits 51:12.
  using LargePat = BitField<12>;     ///< PAT of a 2M or 1G leaf.
  using NoExecute = BitField<63>;    ///< NX

  constexpr X86Entry() = default;
  constexpr explicit X86Entry(uint64_t word) : word_(word) {}
  constexpr uint64_t word() const { return word_; }

  constexpr bool present() const { return Present::get(word_) != 0; }
  constexpr bool writable() const { return Writable::get(word_) != 0; }
  constexpr bool user() const { return User::get(word_) != 0; }
  constexpr bool write_through() const { return WriteThrough::get(word_) != 0; }
  constexpr bool cache_disable() const { return CacheDisable::get(word_) != 0; }
  constexpr bool accessed() const { return Accessed::get(word_) != 0; }
  constexpr bool dirty() const { return Dirty::get(word_) != 0; }
  constexpr bool large_page() const { return LargePage::get(word_) != 0; }
  constexpr bool global() const { return Global::get(word_) != 0; }
  constexpr bool no_execute() const { return NoExecute::get(word_) != 0; }
  /// Of the next table, or of the 4K page. A large leaf's PAT bit is in it: use `page()` there.
  constexpr Target address() const { return Target(word_ & Frame::kMask); }
  /// Start of a leaf's page.
  constexpr Target page(PageSize size) const { return address().align_down(size); }

  constexpr X86Entry& set_present(bool on) { return set<Present>(on); }
  constexpr X86Entry& set_writable(bool on) { return set<Writable>(on); }
  constexpr X86Entry& set_user(bool on) { return set<User>(on); }
  constexpr X86Entry& set_write_through(bool on) { return set<WriteThrough>(on); }
  constexpr X86Entry& set_cache_disable(bool on) { return set<CacheDisable>(on); }
  constexpr X86Entry& set_accessed(bool on) { return set<Accessed>(on); }
  constexpr X86Entry& set_dirty(bool on) { return set<Dirty>(on); }
  constexpr X86Entry& set_large_page(bool on) { return set<LargePage>(on); }
  constexpr X86Entry& set_global(bool on) { return set<Global>(on); }
  constexpr X86Entry& set_no_execute(bool on) { return set<NoExecute>(on); }
  /// Bits 51:12 of `address`; the others are dropped.
  constexpr X86Entry& set_address(Target address) { return set<Frame>(address.value() >> 12); }

 private:
  template <class Field>
  constexpr X86Entry& set(uint64_t value) {
    word_ = Field::set(word_, value);
    return *this;
  }

  uint64_t word_ = 0;
};

/// Entry of a guest's (natively: the only) tables.
using GuestEntry = X86Entry<GuestPhysical>;
/// Entry of AMD nested page tables: the guest's format, with hPAs in it.
using NptEntry = X86Entry<HostPhysical>;

}  // namespace nestwalk
