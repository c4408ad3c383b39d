// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/config/words.h"
#include "tests/sim/software/software_machine.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kSpareFrames = kGiB;  // host addresses of the frames that replace bad ones
const VirtualRange kRegion = range(0x1000'0000'0000, 64 * kMiB);

SoftwareSetup config_of(Mode mode, const Pages& pages, uint64_t bad_pages) {
  SoftwareSetup config = test::config_of(mode, pages, kRegion);
  config.bad_pages = bad_pages;
  config.seed = 7;
  return config;
}

// Host frame of each page of the region.
std::vector<uint64_t> frames(SoftwareMachine& machine) {
  std::vector<uint64_t> all;
  for (GuestVirtual page = kRegion.base; page < kRegion.limit; page = page + 4096)
    all.push_back(machine.translate(page).value());
  return all;
}

TEST(FixedBadPages, TheSameFramesAreReplacedInEveryMode) {
  constexpr uint64_t kBad = 32;
  SoftwareMachine native(config_of(Mode::kNative, {GuestPages::k4K, {}}, kBad));
  const std::vector<uint64_t> expected = frames(native);
  uint64_t replaced = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const bool good = expected[i] == kGuestData + i * 4096;
    EXPECT_TRUE(good || expected[i] - kSpareFrames < kGiB);
    replaced += !good;
  }
  EXPECT_EQ(replaced, kBad);
  EXPECT_EQ(std::set<uint64_t>(expected.begin(), expected.end()).size(), expected.size());

  for (const Mode mode : kModes)
    for (const Pages& pages : all_pages(mode)) {
      SCOPED_TRACE(std::string(to_string(mode)) + " " + to_string(pages));
      SoftwareMachine machine(config_of(mode, pages, kBad));
      ASSERT_EQ(frames(machine), expected);
    }
}

TEST(FixedBadPages, FalsePositivesAreServedFromTheFrameOfTheSegment) {
  // 64 pages in 256 bits: every sixth page escapes. The frames are right (see above); here that
  // such pages exist and go through the tables.
  SoftwareMachine vmm(config_of(Mode::kDualDirect, {GuestPages::k4K, PageSize::k2M}, 64));
  SoftwareMachine native(config_of(Mode::kNativeDirect, {GuestPages::k4K, {}}, 64));
  for (SoftwareMachine* machine : {&vmm, &native}) {
    const TranslationContext& context = machine->software.context();
    const bool nested = context.virtualized;
    const EscapeFilter& filter = nested ? *context.vmm_filter : *context.guest_filter;
    EXPECT_EQ(filter.inserted().size(), 64);
    uint64_t false_positives = 0;
    for (GuestVirtual page = kRegion.base; page < kRegion.limit; page = page + 4096) {
      const uint64_t key = nested ? context.guest_segment.translate(page).page() : page.page();
      if (!filter.contains(key) || filter.was_inserted(key)) continue;
      ++false_positives;
      EXPECT_EQ(machine->translate(page).value(), kGuestData + (page - kRegion.base));
      EXPECT_GT(machine->walk(page).memory_references(), 0);
    }
    EXPECT_GT(false_positives, 100);
  }
}

TEST(FixedBadPages, OnlyThePieceThatHoldsOneIsMappedBySmallPages) {
  SoftwareMachine machine(config_of(Mode::kNative, {GuestPages::k1G, {}}, 1));
  std::map<PageSize, uint64_t> sizes;
  for (GuestVirtual page = kRegion.base; page < kRegion.limit; page = page + 4096) {
    machine.translate(page);
    ++sizes[machine.walk(page).translation().size];
  }
  EXPECT_EQ(sizes[PageSize::k4K], 512);
  EXPECT_EQ(sizes[PageSize::k2M], 31 * 512);
}

TEST(FixedBadPages, AllFramesMayBeBadButNotMore) {
  const uint64_t all = 64 * kMiB / 4096;
  SoftwareMachine machine(config_of(Mode::kBaseVirtualized, {GuestPages::k2M, PageSize::k2M}, all));
  EXPECT_EQ(machine.translate(kRegion.base).value(), kSpareFrames + 4096);
  EXPECT_THROW(SoftwareMachine(config_of(Mode::kNative, {GuestPages::k4K, {}}, all + 1)),
               InputError);
}

TEST(FixedBadPages, TheyNeedToKnowWhatBacksTheWorkload) {
  SoftwareSetup config = config_of(Mode::kNative, {GuestPages::k4K, {}}, 1);
  config.ranges.clear();
  EXPECT_NO_THROW(SoftwareMachine{config});
  config.primary_region.reset();
  EXPECT_THROW(SoftwareMachine{config}, InputError);
}

TEST(BadFrames, ChoiceIsDistinctInsideTheRangesAndOfTheSeed) {
  const std::vector<VirtualRange> ranges{range(0x1000, 0x4000), range(0x10000, 0x3000)};
  const auto some = choose_pages(ranges, 3, 1);
  EXPECT_EQ(some, choose_pages(ranges, 3, 1));
  EXPECT_NE(choose_pages({range(0, kGiB)}, 9, 1), choose_pages({range(0, kGiB)}, 9, 2));
  const std::vector<GuestVirtual> all = choose_pages(ranges, 7, 3);
  std::vector<GuestVirtual> expected;
  for (const uint64_t page : {1, 2, 3, 4, 0x10, 0x11, 0x12})
    expected.push_back(GuestVirtual(page << 12));
  EXPECT_EQ(all, expected);
}

TEST(BadFrames, PagesAreAsWideAsTheyAreGood) {
  PhysicalSpace<HostPhysical> space("spare memory", HostPhysical(0), kGiB);
  FramePool<HostPhysical> spare(space, space.take_low(1));
  const HostPhysical high(5 * kGiB + 6 * kMiB);
  const HostPhysical low(5 * kGiB + 2 * kMiB + 0x3000);
  const BadFrames bad({high, low}, spare);
  EXPECT_EQ(bad.in_place_of(low), HostPhysical(0x1000));
  EXPECT_EQ(bad.in_place_of(high), HostPhysical(0x2000));
  EXPECT_EQ(bad.in_place_of(high + 4096), high + 4096);
  EXPECT_EQ(bad.replaced_by(HostPhysical(0x1000)), low);
  EXPECT_EQ(bad.replaced_by(HostPhysical(0x2000)), high);
  EXPECT_EQ(bad.replaced_by(high), high);
  EXPECT_EQ(bad.widest_page(HostPhysical(4 * kGiB), PageSize::k1G), PageSize::k1G);
  EXPECT_EQ(bad.widest_page(HostPhysical(4 * kGiB), PageSize::k2M), PageSize::k2M);
  EXPECT_EQ(bad.widest_page(HostPhysical(5 * kGiB), PageSize::k1G), PageSize::k2M);
  EXPECT_EQ(bad.widest_page(low + kMiB, PageSize::k1G), PageSize::k4K);
  EXPECT_EQ(bad.widest_page(high - 1, PageSize::k1G), PageSize::k2M);
  EXPECT_EQ(bad.widest_page(high, PageSize::k2M), PageSize::k4K);
}

}  // namespace
}  // namespace nestwalk::test
