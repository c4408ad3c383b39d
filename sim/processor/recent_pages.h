// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "model/tlb/l1_tlb.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// The pages that the most recently used 4K entries of an L1 TLB serve, a set each: one subtraction
/// and one compare tell a hit on them, which changes nothing. A copy of what a view sees: it has to
/// be read anew where entries may have changed.
class RecentPages {
 public:
  /// Of more sets it knows nothing, nor of fewer than three: `elsewhere` needs two of other sets.
  static constexpr uint64_t kMostSets = 64;

  void read(const L1Tlb::View& view) {
    const uint64_t sets = view.set_of().divisor();
    knows_ = sets >= 3 && sets <= kMostSets;
    if (!knows_) return;
    set_of_ = view.set_of();
    for (uint64_t set = 0; set < sets; ++set) {
      pages_[set].fill(elsewhere(set));
      read_set(view, set);
    }
  }

  /// The set of one address.
  void read(const L1Tlb::View& view, GuestVirtual address) {
    if (knows_) read_set(view, set_of(address));
  }

  /// The set of a page, of which `entry` has become the most recently used.
  void note(GuestVirtual page, const TlbEntry& entry) {
    if (knows_) note(set_of(page), page.align_down(PageSize::k4K), entry);
  }

  /// Whether a reference is a load or store within a page, and a hit on a most recently used entry.
  /// Only if `knows`.
  bool serve(const Reference& reference) const {
    const auto& pages = pages_[set_of(GuestVirtual(reference.address))];
    const uint64_t offset = reference.address - pages[static_cast<size_t>(reference.kind)];
    return offset <= 0x1000 - uint64_t{reference.size};
  }
  bool knows() const { return knows_; }

 private:
  /// A page of another set, before another such: the compare takes the first byte past a page for
  /// its own where the size is 0, as that of a control operation may be.
  static uint64_t elsewhere(uint64_t set) { return (set + 1) << 12; }

  uint64_t set_of(GuestVirtual address) const {
    return set_of_(TlbKey::page_number(address, PageSize::k4K));
  }
  void read_set(const L1Tlb::View& view, uint64_t set) {
    if (const L1Tlb::Array::Entry* const entry = view.recent(set))
      note(set, TlbKey::small_page(entry->key), *entry);
    else
      pages_[set][0] = pages_[set][1] = elsewhere(set);
  }
  void note(uint64_t set, GuestVirtual page, const TlbEntry& entry) {
    for (const bool store : {false, true})
      pages_[set][store] = entry.serves_user(store) ? page.value() : elsewhere(set);
  }

  Modulo set_of_{1};
  bool knows_ = false;
  /// Where they start, by ReferenceKind: none serves a fetch or control operation.
  std::array<std::array<uint64_t, 4>, kMostSets> pages_;
};

}  // namespace nestwalk
