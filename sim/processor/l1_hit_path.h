// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "model/cache/cache_module.h"
#include "model/mmu/mmu.h"

namespace nestwalk {

/// Settles references that hit the first levels without a transaction, exactly as the sockets
/// would, in the way DMI is used: the same LRU state, no time (an L1 hit is free), and the same
/// counters once `count` is told how many it were. What it does not settle it leaves untouched.
class L1HitPath {
 public:
  /// `l1d`: the cache that data goes through, or nullptr if data does not go through caches.
  /// `enabled` off: never settles.
  L1HitPath(Mmu& mmu, CacheModule* l1d, bool enabled)
      : mmu_(mmu),
        tlb_(mmu.l1_tlb.tlb(AccessKind::kRead)),
        hits_(mmu.l1_tlb.hits(AccessKind::kRead).hits),
        l1d_(l1d),
        enabled_(enabled) {
    refresh();
  }

  /// To be called after every change of the MMU's registers.
  void refresh() {
    tags_ = mmu_.tags();
    view_ = enabled_ ? tlb_.view(tags_) : L1Tlb::View();
  }

  /// Where what it settles lies.
  std::optional<HostPhysical> settle(GuestVirtual address, bool store) {
    if (const TlbEntry* const recent = view_.find_recent(address, store))
      return settle_data(recent->page() + address.offset());
    if (!enabled_) return std::nullopt;
    const Access access{store ? AccessKind::kWrite : AccessKind::kRead, true};
    const L1Tlb::Hit hit = tlb_.locate(address, access, tags_);
    if (!hit || (store && !hit.entry().dirty())) return std::nullopt;
    const std::optional<HostPhysical> place = settle_data(hit.translate(address));
    if (place) L1Tlb::touch(hit);
    return place;
  }

  void count(uint64_t settled) {
    hits_ += settled;
    if (l1d_ != nullptr) l1d_->statistics.hits += settled;
  }

 private:
  std::optional<HostPhysical> settle_data(HostPhysical address) {
    if (l1d_ == nullptr || l1d_->cache().look_up(address)) return address;
    return std::nullopt;
  }

  Mmu& mmu_;
  L1Tlb& tlb_;
  uint64_t& hits_;
  CacheModule* l1d_;
  bool enabled_;
  ContextTags tags_;
  L1Tlb::View view_;
};

}  // namespace nestwalk
