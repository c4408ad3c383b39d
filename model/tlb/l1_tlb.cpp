// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l1_tlb.h"

namespace nestwalk {
namespace {

std::optional<L1Tlb::Array> make(TlbGeometry geometry, Replacement replacement, uint64_t seed) {
  if (geometry.entries == 0) return std::nullopt;
  return L1Tlb::Array(geometry.entries, geometry.ways, replacement, seed);
}

}  // namespace

L1Tlb::L1Tlb(const L1TlbConfig& config, uint64_t seed)
    : arrays_{make(config.pages_4k, config.replacement, seed),
              make(config.pages_2m, config.replacement, seed + 1),
              make(config.pages_1g, config.replacement, seed + 2)},
      ordered_4k_(arrays_[0] && config.replacement == Replacement::kLru) {}

void L1Tlb::insert(GuestVirtual address, const Translation& translation, const ContextTags& tags) {
  // A size that no array holds is kept as the piece of the next smaller size that was used.
  PageSize size = translation.size;
  while (!arrays_[static_cast<size_t>(size)]) {
    if (size == PageSize::k4K) return;
    size = static_cast<PageSize>(static_cast<int>(size) - 1);
  }
  const bool global = translation.global && tags.match_global;
  has_global_ |= global;
  used_[static_cast<size_t>(size)] = true;
  arrays_[static_cast<size_t>(size)]->insert(
      TlbKey::page_number(address, size),
      TlbKey::linear(address, size, global ? tags.global : tags.linear),
      TlbEntry(translation.address.align_down(size), translation.allowed, translation.dirty,
               translation.guest_page));
}

}  // namespace nestwalk
