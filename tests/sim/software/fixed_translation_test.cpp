// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "sim/config/words.h"
#include "tests/sim/software/software_machine.h"

namespace nestwalk::test {
namespace {

// A region of a workload that is not aligned to anything but 4K, and what a program touches beside.
const VirtualRange kRegion = range(0x7f12'3456'7000, 3 * kGiB + 5 * 4096);
constexpr uint64_t kStack = 0x7ffd'1234'5678;
constexpr uint64_t kHeap = 0x5555'5555'a000;
constexpr uint64_t kKernel = 0xffff'8880'0000'1008;

std::vector<GuestVirtual> touched_addresses() {
  std::vector<GuestVirtual> addresses = random_addresses(kRegion, 300);
  addresses.push_back(kRegion.base);
  addresses.push_back(kRegion.limit - 1);
  addresses.push_back(kRegion.base - 1);
  addresses.push_back(kRegion.limit);
  for (const uint64_t other : {kStack, kHeap, kStack - 4096, kKernel, kHeap + kGiB, kHeap + 8})
    addresses.push_back(GuestVirtual(other));
  return addresses;
}

// The layout, written once more: the region's chunks, then the others in order of first touch.
class Expected {
 public:
  HostPhysical of(GuestVirtual address) {
    const uint64_t chunk = address.page(PageSize::k1G);
    if (places_.empty())
      for (uint64_t i = kRegion.base.page(PageSize::k1G);
           i <= (kRegion.limit - 1).page(PageSize::k1G); ++i)
        places_.emplace(i, kGuestData + places_.size() * kGiB);
    const uint64_t place = places_.emplace(chunk, kGuestData + places_.size() * kGiB).first->second;
    return HostPhysical(place + address.offset(PageSize::k1G));
  }

 private:
  std::map<uint64_t, uint64_t> places_;
};

// All addresses translate, to what the layout says; and what is said to be mapped besides does too.
void check(const SoftwareSetup& config) {
  SCOPED_TRACE(std::string(to_string(config.mode)) + " " + to_string(config.paging.pages) + " " +
               std::string(to_string(config.paging.nested_format)) + " " +
               std::to_string(config.paging.guest_levels) + "+" +
               std::to_string(config.paging.nested_levels));
  SoftwareMachine machine(config);
  Expected expected;
  for (const GuestVirtual address : touched_addresses())
    ASSERT_EQ(machine.translate(address).value(), expected.of(address).value())
        << std::hex << address.value();
  for (const GuestVirtual address : random_addresses(kRegion, 2000, 2))
    if (machine.software.is_mapped(address, true)) {
      ASSERT_FALSE(machine.walk(address).fault()) << std::hex << address.value();
    }
}

TEST(FixedTranslation, EveryModeAndPageSizeGivesTheSameHostAddress) {
  for (const Mode mode : kModes)
    for (const Pages& pages : all_pages(mode)) check(config_of(mode, pages, kRegion));
}

TEST(FixedTranslation, EveryFormatAndNumberOfLevels) {
  for (const Mode mode : kModes)
    for (const NestedFormat format : {NestedFormat::kEpt, NestedFormat::kNpt})
      for (const int guest_levels : {4, 5})
        for (const int nested_levels : {4, 5}) {
          SoftwareSetup config = config_of(mode, all_pages(mode).front(), kRegion);
          config.paging.nested_format = format;
          config.paging.guest_levels = guest_levels;
          config.paging.nested_levels = nested_levels;
          check(config);
        }
}

TEST(FixedTranslation, FiveLevelsReachFurther) {
  const GuestVirtual far(0x00ab'0000'0000'0000);
  SoftwareSetup config = config_of(Mode::kBaseVirtualized, {}, kRegion);
  SoftwareMachine four(config);
  EXPECT_THROW(four.software.serve(far, kStore), InputError);
  config.paging.guest_levels = 5;
  SoftwareMachine five(config);
  EXPECT_NE(five.translate(far), HostPhysical());
}

// Closed forms of spec 2.3 for the walk of the region's first page: references and checks.
TEST(FixedTranslation, ModesWalkAsTheTableOfModesSays) {
  const auto count = [](Mode mode, const Pages& pages) {
    SoftwareMachine machine(config_of(mode, pages, kRegion));
    machine.translate(kRegion.base);
    const PageWalk walk = machine.walk(kRegion.base);
    return std::pair(walk.memory_references(), walk.segment_checks());
  };
  const Pages small{GuestPages::k4K, PageSize::k4K};
  EXPECT_EQ(count(Mode::kNative, {GuestPages::k4K, {}}), std::pair(4, 0));
  EXPECT_EQ(count(Mode::kNativeDirect, {GuestPages::k4K, {}}), std::pair(0, 1));
  EXPECT_EQ(count(Mode::kBaseVirtualized, small), std::pair(24, 0));
  EXPECT_EQ(count(Mode::kVmmDirect, small), std::pair(4, 5));
  EXPECT_EQ(count(Mode::kGuestDirect, small), std::pair(4, 1));
  // The nested page size holds for the guest's tables too.
  EXPECT_EQ(count(Mode::kBaseVirtualized, {GuestPages::k2M, PageSize::k2M}), std::pair(15, 0));
  EXPECT_EQ(count(Mode::kBaseVirtualized, {GuestPages::k4K, PageSize::k1G}), std::pair(14, 0));
  EXPECT_EQ(count(Mode::kBaseVirtualized, {GuestPages::k1G, PageSize::k1G}), std::pair(8, 0));
  EXPECT_EQ(count(Mode::kGuestDirect, {GuestPages::k4K, PageSize::k2M}), std::pair(3, 1));
}

// What the host is to fetch: a wrong place would cost time and nothing else.
TEST(FixedTranslation, LooksAheadAtEntriesThatTheWalkReads) {
  const auto count = [](Mode mode, bool directories) {
    Pages pages{GuestPages::k4K, {}};
    if (is_virtualized(mode)) pages.nested = PageSize::k4K;
    SoftwareMachine machine(config_of(mode, pages, kRegion));
    const GuestVirtual address = kRegion.base + 0x1234'5000;
    machine.translate(address);
    std::set<HostPhysical> read;
    walk_plain(machine.software.context(), address, kStore, [&](HostPhysical entry) {
      read.insert(entry);
      return machine.memory.read(entry);
    });
    size_t entries = 0;
    if (const RegionTables* const known = machine.software.known_mappings().tables_of(address))
      known->for_each_entry(address, directories, [&](HostPhysical entry) {
        EXPECT_EQ(read.erase(entry), 1U) << to_string(mode);
        ++entries;
      });
    return entries;
  };
  const std::map<Mode, std::pair<size_t, size_t>> expected{
      {Mode::kNative, {1, 2}},     {Mode::kNativeDirect, {0, 0}}, {Mode::kBaseVirtualized, {2, 5}},
      {Mode::kDualDirect, {0, 0}}, {Mode::kVmmDirect, {1, 2}},    {Mode::kGuestDirect, {1, 2}}};
  for (const auto& [mode, counts] : expected) {
    EXPECT_EQ(count(mode, false), counts.first) << to_string(mode);
    EXPECT_EQ(count(mode, true), counts.second) << to_string(mode);
  }
}

TEST(FixedTranslation, TransparentHugePagesNeedAWholeTwoMegabytesOfADeclaredRange) {
  SoftwareSetup config = config_of(Mode::kNative, {GuestPages::kThp, {}}, kRegion);
  const auto size = [&](GuestVirtual address) {
    SoftwareMachine machine(config);
    machine.translate(address);
    return machine.walk(address).translation().size;
  };
  const GuestVirtual first_whole = kRegion.base.align_down(PageSize::k2M) + 2 * kMiB;
  const GuestVirtual last_part = kRegion.limit.align_down(PageSize::k2M);
  EXPECT_EQ(size(kRegion.base), PageSize::k4K);
  EXPECT_EQ(size(first_whole), PageSize::k2M);
  EXPECT_EQ(size(last_part - 1), PageSize::k2M);
  EXPECT_EQ(size(last_part), PageSize::k4K);
  EXPECT_EQ(size(GuestVirtual(kHeap)), PageSize::k4K);
  config.ranges.clear();
  EXPECT_EQ(size(GuestVirtual(kHeap)), PageSize::k2M);
}

TEST(FixedTranslation, EntriesAreMadeWithAccessedAndDirtyClear) {
  for (const NestedFormat format : {NestedFormat::kEpt, NestedFormat::kNpt}) {
    SoftwareSetup config =
        config_of(Mode::kBaseVirtualized, {GuestPages::k4K, PageSize::k4K}, kRegion);
    config.paging.nested_format = format;
    SoftwareMachine machine(config);
    machine.translate(kRegion.base);
    // Every entry that the walk reads still lacks A, for this walk sets none.
    const PageWalk walk = machine.walk(kRegion.base);
    EXPECT_EQ(walk.memory_references(), 24);
    EXPECT_EQ(walk.ad_updates(), 24);
  }
}

TEST(FixedTranslation, AStreamThatNeedsMoreThanMemoryHasIsRefused) {
  SoftwareSetup config;
  config.paging.maxphyaddr = 36;  // 64 GiB of host memory, 31 GiB for the guest
  SoftwareMachine machine(config);
  for (uint64_t i = 0; i < 30; ++i) machine.translate(GuestVirtual(i * 3 * kGiB));
  EXPECT_THROW(machine.software.serve(GuestVirtual(1000 * kGiB), kStore), InputError);
  config.primary_region = range(kGiB, 31 * kGiB);
  try {
    const SoftwareMachine full(config);
    FAIL() << "30 GiB fit into 30";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("paging.maxphyaddr"), std::string::npos);
  }
}

}  // namespace
}  // namespace nestwalk::test
