// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/context/context_tag.h"
#include "model/paging/access.h"

namespace nestwalk {

/// What a TLB way holds beside its key: the composed map of one page, in one word.
class TlbEntry {
 public:
  TlbEntry() = default;
  /// `cut_from`: size of the page that this entry may be a piece of: the guest's leaf, or for a
  /// nested 4K piece the nested leaf.
  TlbEntry(HostPhysical page, AccessSet allowed, bool dirty, PageSize cut_from = PageSize::k4K)
      : word_(page.page() << 12 | static_cast<uint64_t>(cut_from) << 7 | uint64_t{dirty} << 6 |
              allowed.bits()) {}

  /// Start of the page.
  HostPhysical page() const { return HostPhysical(word_ & ~uint64_t{0xfff}); }
  AccessSet allowed() const { return AccessSet(word_ & 0x3f); }
  bool allows(Access access) const { return (word_ >> access.index() & 1) != 0; }
  bool dirty() const { return (word_ >> 6 & 1) != 0; }
  PageSize cut_from() const { return static_cast<PageSize>(word_ >> 7 & 3); }
  /// Whether a user's load, or store, needs nothing more: the right, and for a store D.
  bool serves_user(bool store) const {
    static constexpr uint64_t kNeeded[] = {
        uint64_t{1} << Access{AccessKind::kRead, true}.index(),
        uint64_t{1} << Access{AccessKind::kWrite, true}.index() | 1 << 6};
    return (kNeeded[store] & ~word_) == 0;
  }
  void set_dirty() { word_ |= uint64_t{1} << 6; }

 private:
  uint64_t word_ = 0;
};

/// Keys of TLB ways: page number (45 bits), page size, dimension, context tag.
struct TlbKey {
  static constexpr uint64_t kPageMask = (uint64_t{1} << 45) - 1;

  static uint64_t linear(GuestVirtual address, PageSize size, ContextTag tag) {
    return pack(page_number(address, size), size, 0, tag);
  }
  static uint64_t nested(GuestPhysical address, ContextTag tag) {
    return pack(address.page() & kPageMask, PageSize::k4K, 1, tag);
  }

  /// Whether a key tells the address from every other: bits 63:57 of one that is not canonical are
  /// in none.
  static bool tells(GuestVirtual address) { return is_canonical(address, 5); }

  /// Page number as indexed and compared: bits 56 down to the page offset of the gVA.
  static uint64_t page_number(GuestVirtual address, PageSize size) {
    return (address.page() & kPageMask) >> (shift(size) - 12);
  }

  static ContextTag tag(uint64_t key) { return static_cast<ContextTag>(key & 0xffff); }
  static bool is_nested(uint64_t key) { return (key >> 16 & 1) != 0; }
  static PageSize size(uint64_t key) { return static_cast<PageSize>(key >> 17 & 3); }
  static uint64_t page_number(uint64_t key) { return key >> 19; }
  /// Start of the 4K page that a linear key tells of.
  static GuestVirtual small_page(uint64_t key) {
    const auto sign_first = static_cast<int64_t>(key & ~((uint64_t{1} << 19) - 1));
    return GuestVirtual(static_cast<uint64_t>(sign_first >> 7));
  }
  /// Whether the guest page that a linear entry was cut from holds the address.
  static bool covers(uint64_t key, const TlbEntry& entry, GuestVirtual address) {
    const PageSize whole = entry.cut_from() > size(key) ? entry.cut_from() : size(key);
    return page_number(key) >> (shift(whole) - shift(size(key))) == page_number(address, whole);
  }

 private:
  static uint64_t pack(uint64_t page, PageSize size, uint64_t nested, ContextTag tag) {
    return page << 19 | static_cast<uint64_t>(size) << 17 | nested << 16 |
           static_cast<uint64_t>(tag);
  }
};

}  // namespace nestwalk
