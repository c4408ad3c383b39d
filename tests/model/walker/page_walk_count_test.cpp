// SPDX-License-Identifier: Apache-2.0
// The closed forms of spec 2.3, written out as formulas here, for every row and mode.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/support/test_tables.h"

namespace nestwalk {
namespace {

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr uint64_t kOffset = 0x238;

struct Row {
  PageSize guest;
  PageSize nested;
  int levels;
  int base_references;  // as the specification prints them
};

const Row kRows[] = {
    {PageSize::k4K, PageSize::k4K, 4, 24}, {PageSize::k4K, PageSize::k2M, 4, 19},
    {PageSize::k4K, PageSize::k1G, 4, 14}, {PageSize::k2M, PageSize::k2M, 4, 15},
    {PageSize::k2M, PageSize::k1G, 4, 11}, {PageSize::k1G, PageSize::k1G, 4, 8},
    {PageSize::k4K, PageSize::k4K, 5, 35},
};

class ClosedForm : public ::testing::TestWithParam<std::tuple<Row, NestedFormat>> {
 protected:
  ClosedForm() : tables_(row().levels, row().levels, std::get<NestedFormat>(GetParam())) {
    tables_.map_guest(kGva, gpa(), row().guest);
    tables_.map_guest_tables(row().nested);
    const uint64_t page = bytes(row().nested);
    for (uint64_t g = gpa(); g < gpa() + bytes(row().guest); g += page)
      tables_.map_nested(g, g + TestTables::kHostShift, row().nested);
  }

  static Row row() { return std::get<Row>(GetParam()); }
  static uint64_t gpa() { return kGpa; }
  // Levels to walk in each dimension.
  static int g() { return row().levels - static_cast<int>(row().guest); }
  static int h() { return row().levels - static_cast<int>(row().nested); }
  static uint64_t expected_gpa() { return gpa() + ((kGva + kOffset) & mask(row().guest)); }
  static uint64_t expected_hpa() { return expected_gpa() + TestTables::kHostShift; }

  void use_guest_segment() {
    const uint64_t base = kGva & ~mask(row().guest);
    tables_.context.guest_segment =
        GuestSegment(GuestVirtual(base), GuestVirtual(base + bytes(row().guest)), gpa() - base);
  }
  void use_vmm_segment() {
    tables_.context.vmm_segment =
        VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{64} << 30), TestTables::kHostShift);
  }

  void expect(int references, int checks, PageSize size, SegmentClass segments) {
    const PageWalk walk = tables_.walk(kGva + kOffset);
    ASSERT_FALSE(walk.fault());
    EXPECT_EQ(walk.memory_references(), references);
    EXPECT_EQ(walk.segment_checks(), checks);
    EXPECT_EQ(walk.translation().size, size);
    EXPECT_EQ(walk.segment_class(), segments);
    EXPECT_EQ(walk.translation().address, HostPhysical(expected_hpa()));
  }

  TestTables tables_;
};

TEST_P(ClosedForm, BaseVirtualized) {
  EXPECT_EQ((g() + 1) * (h() + 1) - 1, row().base_references);
  expect((g() + 1) * (h() + 1) - 1, 0, smaller(row().guest, row().nested), SegmentClass::kNeither);
}

TEST_P(ClosedForm, VmmDirect) {
  use_vmm_segment();
  expect(g(), g() + 1, row().guest, SegmentClass::kVmmOnly);
}

TEST_P(ClosedForm, GuestDirect) {
  use_guest_segment();
  const PageSize size = row().guest == PageSize::k4K ? PageSize::k4K : row().nested;
  expect(h(), 1, smaller(size, row().guest), SegmentClass::kGuestOnly);
}

TEST_P(ClosedForm, DualDirect) {
  use_guest_segment();
  use_vmm_segment();
  // The walk compares with both levels; completing at the L1 miss is the segment unit's one check.
  expect(0, 2, PageSize::k4K, SegmentClass::kBoth);
}

TEST_P(ClosedForm, Native) {
  tables_.make_native();
  const PageWalk walk = tables_.walk(kGva + kOffset);
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.memory_references(), g());
  EXPECT_EQ(walk.segment_checks(), 0);
  EXPECT_EQ(walk.translation().address, HostPhysical(expected_gpa()));
}

TEST_P(ClosedForm, NativeDirect) {
  tables_.make_native();
  use_guest_segment();
  const PageWalk walk = tables_.walk(kGva + kOffset);
  ASSERT_FALSE(walk.fault());
  EXPECT_EQ(walk.memory_references(), 0);
  EXPECT_EQ(walk.segment_checks(), 1);
  EXPECT_EQ(walk.translation().address, HostPhysical(expected_gpa()));
}

std::string row_name(const ::testing::TestParamInfo<ClosedForm::ParamType>& info) {
  static const char* const kSizes[] = {"4K", "2M", "1G"};
  const Row row = std::get<Row>(info.param);
  return std::string(kSizes[static_cast<int>(row.guest)]) + "_" +
         kSizes[static_cast<int>(row.nested)] + "_" + std::to_string(row.levels) + "_" +
         (std::get<NestedFormat>(info.param) == NestedFormat::kEpt ? "ept" : "npt");
}

INSTANTIATE_TEST_SUITE_P(Spec, ClosedForm,
                         ::testing::Combine(::testing::ValuesIn(kRows),
                                            ::testing::Values(NestedFormat::kEpt,
                                                              NestedFormat::kNpt)),
                         row_name);

}  // namespace
}  // namespace nestwalk
