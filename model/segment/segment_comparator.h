// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/page_size.h"
#include "model/filter/escape_filter.h"
#include "model/segment/segment_registers.h"
#include "model/translation/segment_check.h"

namespace nestwalk {

namespace detail {

/// Whether all of the page of `size` around the address is inside the segment, or all of it
/// outside. Of a level that is off everything is outside.
template <class From, class To>
bool is_uniform(const SegmentRegisters<From, To>& segment, From address, PageSize size,
                bool inside) {
  const uint64_t first = address.align_down(size).value();
  const uint64_t last = first + mask(size);
  const uint64_t base = segment.base().value();
  const uint64_t limit = segment.limit().value();
  if (inside) return base <= first && last < limit;
  return last < base || limit <= first || base == limit;
}

template <class From, class To>
PageSize widest_uniform(const SegmentRegisters<From, To>& segment, const EscapeFilter* filter,
                        From address, bool inside, PageSize at_most) {
  for (const PageSize size : {PageSize::k1G, PageSize::k2M}) {
    if (size > at_most || !is_uniform(segment, address, size, inside)) continue;
    if (inside && (segment.offset() & mask(size)) != 0) continue;
    if (inside && filter != nullptr && filter->contains_any(address.page(), size)) continue;
    return size;
  }
  return PageSize::k4K;
}

}  // namespace detail

/// `widest` of a check whose verdicts are known; no wider than `at_most`.
template <class From, class To>
PageSize widest_page(const SegmentCheck& check, const SegmentRegisters<From, To>& segment,
                     const EscapeFilter* filter, From address, PageSize at_most) {
  if (check.escaped) at_most = PageSize::k4K;
  return detail::widest_uniform(segment, filter, address, check.inside, at_most);
}

/// One segment level and its escape filter, side by side: the whole of one check (spec 2.1, 2.4).
/// `filter` may be nullptr: nothing escapes. A caller that has no use for a `widest` above some
/// size says so by `at_most` and saves the search.
template <class From, class To>
SegmentCheck compare(const SegmentRegisters<From, To>& segment, const EscapeFilter* filter,
                     From address, PageSize at_most = PageSize::k1G) {
  SegmentCheck check;
  check.inside = segment.contains(address);
  check.escaped = check.inside && filter != nullptr && filter->contains(address.page());
  check.sum = segment.translate(address).value();
  check.widest = widest_page(check, segment, filter, address, at_most);
  return check;
}

}  // namespace nestwalk
