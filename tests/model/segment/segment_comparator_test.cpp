// SPDX-License-Identifier: Apache-2.0
#include "model/segment/segment_comparator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <initializer_list>

namespace nestwalk {
namespace {

constexpr uint64_t k4K = bytes(PageSize::k4K);
constexpr uint64_t k2M = bytes(PageSize::k2M);
constexpr uint64_t k1G = bytes(PageSize::k1G);

VmmSegment segment(uint64_t base, uint64_t limit, uint64_t offset = 0) {
  return VmmSegment(GuestPhysical(base), GuestPhysical(limit), offset);
}

SegmentCheck check(const VmmSegment& s, uint64_t address, const EscapeFilter* filter = nullptr) {
  return compare(s, filter, GuestPhysical(address));
}

// ---- The verdict

TEST(SegmentComparator, GivesTheSumInside) {
  const VmmSegment s = segment(k1G, 2 * k1G, 5 * k1G);
  const SegmentCheck c = check(s, k1G + 0x1234);
  EXPECT_TRUE(c.inside);
  EXPECT_FALSE(c.escaped);
  EXPECT_TRUE(c.maps());
  EXPECT_EQ(c.sum, 6 * k1G + 0x1234);
}

TEST(SegmentComparator, TakesBaseInAndLimitOut) {
  const VmmSegment s = segment(k1G, 2 * k1G);
  EXPECT_TRUE(check(s, k1G).maps());
  EXPECT_TRUE(check(s, 2 * k1G - 1).maps());
  EXPECT_FALSE(check(s, 2 * k1G).maps());
  EXPECT_FALSE(check(s, k1G - 1).maps());
}

TEST(SegmentComparator, FindsNothingInsideALevelThatIsOff) {
  const SegmentCheck c = check(segment(3 * k4K, 3 * k4K), 3 * k4K);
  EXPECT_FALSE(c.inside);
  EXPECT_FALSE(c.maps());
  EXPECT_EQ(c.widest, PageSize::k1G) << "every page is outside, at whatever address it is off";
}

// ---- The widest page

struct WidthCase {
  const char* what;
  uint64_t base, limit, offset, address;
  PageSize widest;
};

TEST(SegmentComparator, NarrowsWhereAPageWouldPassTheEdge) {
  const WidthCase cases[] = {
      {"inside, far from the edges", k1G, 3 * k1G, 0, 2 * k1G + 5, PageSize::k1G},
      {"first page of an aligned segment", k1G, 3 * k1G, 0, k1G, PageSize::k1G},
      {"last byte of an aligned segment", k1G, 3 * k1G, 0, 3 * k1G - 1, PageSize::k1G},
      {"base inside the 1G page", k1G + k2M, 3 * k1G, 0, k1G + k2M, PageSize::k2M},
      {"base inside the 2M page", k1G + k4K, 3 * k1G, 0, k1G + k4K, PageSize::k4K},
      {"beyond that 2M page", k1G + k4K, 3 * k1G, 0, k1G + k2M, PageSize::k2M},
      {"beyond that 1G page", k1G + k4K, 3 * k1G, 0, 2 * k1G, PageSize::k1G},
      {"limit inside the 1G page", k1G, 3 * k1G - k2M, 0, 3 * k1G - 2 * k2M, PageSize::k2M},
      {"limit inside the 2M page", k1G, 3 * k1G - k4K, 0, 3 * k1G - k4K - 1, PageSize::k4K},
      {"before that 2M page", k1G, 3 * k1G - k4K, 0, 3 * k1G - k2M - 1, PageSize::k2M},
      {"before that 1G page", k1G, 3 * k1G - k4K, 0, 2 * k1G - 1, PageSize::k1G},
      {"a segment of one 4K page", k1G, k1G + k4K, 0, k1G, PageSize::k4K},
      {"a segment of one 2M page", k1G, k1G + k2M, 0, k1G, PageSize::k2M},
      {"both edges in the 1G page", k1G + k2M, 2 * k1G - k2M, 0, k1G + 5 * k2M, PageSize::k2M},
      {"both edges in the 2M page", k1G + k4K, k1G + k2M - k4K, 0, k1G + 2 * k4K, PageSize::k4K},

      {"outside, far away", 4 * k1G, 5 * k1G, 0, 2 * k1G, PageSize::k1G},
      {"outside, just below an aligned base", 4 * k1G, 5 * k1G, 0, 4 * k1G - 1, PageSize::k1G},
      {"outside, at an aligned limit", 4 * k1G, 5 * k1G, 0, 5 * k1G, PageSize::k1G},
      {"outside, base in the 1G page", 4 * k1G + k2M, 5 * k1G, 0, 4 * k1G, PageSize::k2M},
      {"outside, base in the 2M page", 4 * k1G + k4K, 5 * k1G, 0, 4 * k1G, PageSize::k4K},
      {"outside, limit in the 1G page", 4 * k1G, 5 * k1G + k2M, 0, 5 * k1G + k2M, PageSize::k2M},
      {"outside, limit in the 2M page", 4 * k1G, 5 * k1G + k4K, 0, 5 * k1G + k4K, PageSize::k4K},
      {"outside, the segment within the 2M page", k1G + k4K, k1G + 2 * k4K, 0, k1G, PageSize::k4K},
      {"outside, in the topmost page", 0, k4K, 0, ~uint64_t{0}, PageSize::k1G},
  };
  for (const WidthCase& c : cases)
    EXPECT_EQ(check(segment(c.base, c.limit, c.offset), c.address).widest, c.widest) << c.what;
}

TEST(SegmentComparator, NarrowsWhereOffsetBreaksTheAlignment) {
  const auto widest = [](uint64_t offset, uint64_t address) {
    return check(segment(k1G, 3 * k1G, offset), address).widest;
  };
  EXPECT_EQ(widest(7 * k1G, 2 * k1G), PageSize::k1G);
  EXPECT_EQ(widest(7 * k1G + k2M, 2 * k1G), PageSize::k2M);
  EXPECT_EQ(widest(7 * k1G + k4K, 2 * k1G), PageSize::k4K);
  EXPECT_EQ(widest(uint64_t{0} - k1G, 2 * k1G), PageSize::k1G) << "downward";
  EXPECT_EQ(widest(uint64_t{0} - k2M, 2 * k1G), PageSize::k2M);
  EXPECT_EQ(widest(k4K, 5 * k1G), PageSize::k1G) << "outside, OFFSET does not matter";
}

TEST(SegmentComparator, LooksNoFurtherThanAsked) {
  const VmmSegment s = segment(k1G, 3 * k1G);
  const GuestPhysical address(2 * k1G);
  EXPECT_EQ(compare(s, nullptr, address, PageSize::k1G).widest, PageSize::k1G);
  EXPECT_EQ(compare(s, nullptr, address, PageSize::k2M).widest, PageSize::k2M);
  EXPECT_EQ(compare(s, nullptr, address, PageSize::k4K).widest, PageSize::k4K);
  EXPECT_TRUE(compare(s, nullptr, address, PageSize::k4K).maps());
}

// ---- Escaped pages

/// Many bits: in these tests no page escapes that was not inserted (each test looks).
EscapeFilter filter_of(std::initializer_list<uint64_t> pages) {
  EscapeFilter filter({8 << 16, 8, true, 1});
  for (const uint64_t page : pages) filter.insert(page);
  return filter;
}

TEST(SegmentComparator, AnEscapedPageIsInsideAndNotMapped) {
  const VmmSegment s = segment(k1G, 3 * k1G);
  const EscapeFilter filter = filter_of({2 * k1G / k4K});
  for (const uint64_t address : {2 * k1G, 2 * k1G + k4K - 1}) {
    const SegmentCheck c = check(s, address, &filter);
    EXPECT_TRUE(c.inside);
    EXPECT_TRUE(c.escaped);
    EXPECT_FALSE(c.maps());
    EXPECT_EQ(c.widest, PageSize::k4K);
  }
}

TEST(SegmentComparator, NarrowsAroundAnEscapedPage) {
  const VmmSegment s = segment(k1G, 4 * k1G);
  const uint64_t escaped = 2 * k1G + 7 * k2M + 3 * k4K;
  const EscapeFilter filter = filter_of({escaped / k4K});
  EXPECT_EQ(check(s, escaped - 1, &filter).widest, PageSize::k4K);
  EXPECT_TRUE(check(s, escaped - 1, &filter).maps());
  EXPECT_EQ(check(s, escaped + k4K, &filter).widest, PageSize::k4K);
  EXPECT_EQ(check(s, 2 * k1G + 7 * k2M - 1, &filter).widest, PageSize::k2M);
  EXPECT_EQ(check(s, 2 * k1G + 8 * k2M, &filter).widest, PageSize::k2M);
  EXPECT_EQ(check(s, 2 * k1G - 1, &filter).widest, PageSize::k1G);
  EXPECT_EQ(check(s, 3 * k1G, &filter).widest, PageSize::k1G);
}

TEST(SegmentComparator, NoPageEscapesFromOutside) {
  const VmmSegment s = segment(k1G, 2 * k1G);
  const EscapeFilter filter = filter_of({3 * k1G / k4K});
  const SegmentCheck c = check(s, 3 * k1G, &filter);
  EXPECT_FALSE(c.inside);
  EXPECT_FALSE(c.escaped);
  EXPECT_EQ(c.widest, PageSize::k1G);
}

TEST(SegmentComparator, ServesTheGuestLevelTheSameWay) {
  const GuestSegment s(GuestVirtual(k1G), GuestVirtual(2 * k1G), k2M);
  const SegmentCheck c = compare(s, nullptr, GuestVirtual(k1G + 5));
  EXPECT_TRUE(c.maps());
  EXPECT_EQ(c.sum, k1G + k2M + 5);
  EXPECT_EQ(c.widest, PageSize::k2M);
}

// ---- Against the definition, page by page

/// Whether all 4K pages of the page of `size` around the address have the verdict of its own.
bool verdict_is_uniform(const VmmSegment& s, const EscapeFilter* filter, GuestPhysical address,
                        PageSize size) {
  const auto escaped = [&](GuestPhysical a) {
    return s.contains(a) && filter != nullptr && filter->contains(a.page());
  };
  const bool inside = s.contains(address);
  const GuestPhysical first = address.align_down(size);
  for (uint64_t offset = 0; offset < bytes(size); offset += k4K)
    if (s.contains(first + offset) != inside || escaped(first + offset)) return false;
  return !inside || (s.offset() & mask(size)) == 0;
}

PageSize widest_by_definition(const VmmSegment& s, const EscapeFilter* filter,
                              GuestPhysical address) {
  for (const PageSize size : {PageSize::k1G, PageSize::k2M})
    if (verdict_is_uniform(s, filter, address, size)) return size;
  return PageSize::k4K;
}

/// An address near a boundary of some page size, in the first 4 GiB.
uint64_t near_a_boundary() {
  const uint64_t boundary =
      *rc::gen::inRange<uint64_t>(0, 4) * k1G + *rc::gen::element<uint64_t>(0, 1, 2, 511) * k2M;
  return boundary + *rc::gen::element<uint64_t>(0, 1, 2, 510, 511) * k4K;
}

RC_GTEST_PROP(SegmentComparator, WidestIsWhatEveryPageSays, ()) {
  const uint64_t a = near_a_boundary();
  const uint64_t b = near_a_boundary();
  const uint64_t offset = *rc::gen::element<uint64_t>(0, k1G, k2M, k4K, uint64_t{0} - k2M);
  const VmmSegment s = segment(std::min(a, b), std::max(a, b), offset);
  EscapeFilter filter({1024, 4, true, *rc::gen::inRange<uint64_t>(0, 1000)});
  const auto escapes = *rc::gen::inRange(0, 3);
  for (int i = 0; i < escapes; ++i) filter.insert(near_a_boundary() / k4K);
  for (const uint64_t base : {s.base().value(), s.limit().value(), near_a_boundary()}) {
    const GuestPhysical address(base + *rc::gen::element<uint64_t>(0, 1, ~uint64_t{0}, k4K));
    const SegmentCheck c = compare(s, &filter, address);
    RC_ASSERT(c.inside == (s.base() <= address && address < s.limit()));
    RC_ASSERT(c.escaped == (c.inside && filter.contains(address.page())));
    RC_ASSERT(c.sum == address.value() + offset);
    RC_ASSERT(c.widest == widest_by_definition(s, &filter, address));
  }
}

}  // namespace
}  // namespace nestwalk
