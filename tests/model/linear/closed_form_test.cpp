// SPDX-License-Identifier: Apache-2.0
#include "model/linear/closed_form.h"

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

namespace nestwalk {

void PrintTo(const ClosedForm& form, std::ostream* out) {
  *out << form.references << "+" << form.checks;
}

namespace {

constexpr WalkDimensions kNative{false, false, false};
constexpr WalkDimensions kNativeDirect{false, true, false};
constexpr WalkDimensions kBase{true, false, false};
constexpr WalkDimensions kVmmDirect{true, false, true};
constexpr WalkDimensions kGuestDirect{true, true, false};
constexpr WalkDimensions kDualDirect{true, true, true};

struct Row {
  const char* pages;
  int guest;
  int nested;
  ClosedForm base;
  ClosedForm vmm_direct;
  ClosedForm guest_direct;
};

/// The table of spec 2.3.
constexpr Row kRows[] = {
    {"4K+4K", 4, 4, {24, 0}, {4, 5}, {4, 1}}, {"4K+2M", 4, 3, {19, 0}, {4, 5}, {3, 1}},
    {"4K+1G", 4, 2, {14, 0}, {4, 5}, {2, 1}}, {"2M+2M", 3, 3, {15, 0}, {3, 4}, {3, 1}},
    {"2M+1G", 3, 2, {11, 0}, {3, 4}, {2, 1}}, {"1G+1G", 2, 2, {8, 0}, {2, 3}, {2, 1}},
    {"LA57", 5, 5, {35, 0}, {5, 6}, {5, 1}},
};

TEST(ClosedForm, IsTheSpecificationsTable) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.pages);
    EXPECT_EQ(closed_form(kBase, SegmentClass::kNeither, row.guest, row.nested), row.base);
    EXPECT_EQ(closed_form(kVmmDirect, SegmentClass::kVmmOnly, row.guest, row.nested),
              row.vmm_direct);
    EXPECT_EQ(closed_form(kGuestDirect, SegmentClass::kGuestOnly, row.guest, row.nested),
              row.guest_direct);
    EXPECT_EQ(closed_form(kNative, SegmentClass::kNeither, row.guest, 4),
              (ClosedForm{static_cast<uint64_t>(row.guest), 0}));
  }
}

TEST(ClosedForm, OfAnAddressInAllSegmentsIsNoWalk) {
  EXPECT_EQ(closed_form(kDualDirect, SegmentClass::kBoth, 4, 4), ClosedForm{});
  EXPECT_EQ(closed_form(kNativeDirect, SegmentClass::kGuestOnly, 4, 4), ClosedForm{});
}

TEST(ClosedForm, CountsChecksThatTurnOutOutside) {
  EXPECT_EQ(closed_form(kNativeDirect, SegmentClass::kNeither, 4, 4), (ClosedForm{4, 1}));
  EXPECT_EQ(closed_form(kGuestDirect, SegmentClass::kNeither, 4, 4), (ClosedForm{24, 1}));
  EXPECT_EQ(closed_form(kDualDirect, SegmentClass::kVmmOnly, 4, 4), (ClosedForm{4, 6}));
  EXPECT_EQ(closed_form(kDualDirect, SegmentClass::kGuestOnly, 4, 4), (ClosedForm{4, 2}));
  // The data page escaped, the tables did not.
  EXPECT_EQ(closed_form(kVmmDirect, SegmentClass::kNeither, 4, 4), (ClosedForm{8, 5}));
}

TEST(ClosedForm, RefusesWhatCannotBe) {
  EXPECT_THROW(closed_form(kBase, SegmentClass::kVmmOnly, 4, 4), std::invalid_argument);
  EXPECT_THROW(closed_form(kVmmDirect, SegmentClass::kGuestOnly, 4, 4), std::invalid_argument);
  EXPECT_THROW(closed_form({false, false, true}, SegmentClass::kNeither, 4, 4),
               std::invalid_argument);
  EXPECT_THROW(closed_form(kBase, SegmentClass::kNeither, 1, 4), std::invalid_argument);
  EXPECT_THROW(closed_form(kBase, SegmentClass::kNeither, 4, 6), std::invalid_argument);
}

}  // namespace
}  // namespace nestwalk
