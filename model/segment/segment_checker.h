// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/context/translation_context.h"
#include "model/filter/filter_statistics.h"
#include "model/segment/segment_comparator.h"
#include "model/translation/segment_check.h"
#include "model/translation/translation.h"

namespace nestwalk {

/// Both segment levels' comparators with their escape filters, and what they count (spec 2.1, 2.4).
class SegmentChecker {
 public:
  struct Statistics {
    uint64_t completed = 0;          ///< L1 misses of data references completed.
    uint64_t completed_fetches = 0;  ///< Of instruction fetches.
    FilterStatistics filter;         ///< Both levels'.
  };

  /// `largest_entry`: no page that `complete` answers is wider.
  explicit SegmentChecker(PageSize largest_entry = PageSize::k4K) : largest_entry_(largest_entry) {}

  Statistics statistics;

  /// The single comparisons; `at_most` as for `compare`.
  SegmentCheck check_guest(const TranslationContext& context, GuestVirtual address,
                           PageSize at_most) {
    const SegmentCheck check =
        compare(context.guest_segment, context.guest_filter, address, at_most);
    count(check, context.guest_filter, address.page());
    return check;
  }
  SegmentCheck check_vmm(const TranslationContext& context, GuestPhysical address,
                         PageSize at_most) {
    const SegmentCheck check = compare(context.vmm_segment, context.vmm_filter, address, at_most);
    count(check, context.vmm_filter, address.page());
    return check;
  }

  /// Whether segments could complete an L1 miss in this context: every level there is has one.
  static bool may_complete(const TranslationContext& context) {
    return context.guest_segment.enabled() &&
           (!context.virtualized || context.vmm_segment.enabled());
  }

  /// The same for one address: one that is not canonical goes on to the walker, which reports it.
  static bool may_complete(const TranslationContext& context, GuestVirtual address) {
    return may_complete(context) && is_canonical(address, context.guest.levels);
  }

  /// The check at an L1 miss: true if the address lies in the segments of all levels and escapes
  /// none; `translation` is then the answer (spec 2.3).
  bool complete(const TranslationContext& context, GuestVirtual address, AccessKind kind,
                Translation& translation) {
    if (!may_complete(context, address)) return false;
    const SegmentCheck guest = check_guest(context, address, PageSize::k4K);
    if (!guest.maps()) return false;
    HostPhysical result(guest.sum);
    if (context.virtualized) {
      const SegmentCheck vmm = check_vmm(context, GuestPhysical(guest.sum), PageSize::k4K);
      if (!vmm.maps()) return false;
      result = HostPhysical(vmm.sum);
    }
    translation = completed(result, kind);
    if (largest_entry_ != PageSize::k4K)
      translation.size = entry_size(context, address, GuestPhysical(guest.sum));
    return true;
  }

  // What is counted, for a checker that compares otherwise.

  /// An L1 miss that segments completed, and its translation, of 4K.
  Translation completed(HostPhysical address, AccessKind kind) {
    ++(kind == AccessKind::kExecute ? statistics.completed_fetches : statistics.completed);
    return {address, PageSize::k4K, AccessSet::all(), true, false};
  }
  /// One check of `page` beside whose segment `filter` is.
  void count(const SegmentCheck& check, const EscapeFilter* filter, uint64_t page) {
    if (filter == nullptr || !check.inside) return;
    ++statistics.filter.look_ups;
    if (!check.escaped) return;
    ++statistics.filter.positives;
    if (!filter->was_inserted(page)) ++statistics.filter.false_positives;
  }

 private:
  /// Of a completed address, gVA and `place`: what all levels' segments allow (spec 2.3). A call,
  /// so that a miss in the default setting carries none of it.
  __attribute__((noinline)) PageSize entry_size(const TranslationContext& context,
                                                GuestVirtual address, GuestPhysical place) const {
    const PageSize size =
        compare(context.guest_segment, context.guest_filter, address, largest_entry_).widest;
    if (!context.virtualized) return size;
    return compare(context.vmm_segment, context.vmm_filter, place, size).widest;
  }

  PageSize largest_entry_;
};

}  // namespace nestwalk
