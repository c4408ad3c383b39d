// SPDX-License-Identifier: Apache-2.0
#include "model/cache/cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace nestwalk {
namespace {

CacheConfig config(uint64_t size, uint32_t ways, Replacement replacement = Replacement::kLru) {
  return {true, size, ways, replacement};
}

TEST(Cache, HoldsWholeLines) {
  Cache cache(config(32 << 10, 8));
  EXPECT_FALSE(cache.look_up(HostPhysical(0x1000)));
  cache.fill(HostPhysical(0x1010));
  EXPECT_TRUE(cache.look_up(HostPhysical(0x1000)));
  EXPECT_TRUE(cache.look_up(HostPhysical(0x103f)));
  EXPECT_FALSE(cache.look_up(HostPhysical(0x0fff)));
  EXPECT_FALSE(cache.look_up(HostPhysical(0x1040)));
}

TEST(Cache, HoldsLineZero) {
  Cache cache(config(32 << 10, 8));
  EXPECT_FALSE(cache.holds(HostPhysical(0)));
  cache.fill(HostPhysical(0));
  EXPECT_TRUE(cache.holds(HostPhysical(63)));
}

// 32 KB in 8 ways: lines 4096 bytes apart share a set.
TEST(Cache, GivesUpTheLeastRecentlyUsedLineOfTheSet) {
  Cache cache(config(32 << 10, 8));
  for (uint64_t i = 0; i < 8; ++i) cache.fill(HostPhysical(i * 4096));
  EXPECT_TRUE(cache.look_up(HostPhysical(0)));
  cache.fill(HostPhysical(8 * 4096));
  EXPECT_TRUE(cache.holds(HostPhysical(0)));
  EXPECT_FALSE(cache.holds(HostPhysical(1 * 4096)));
  for (uint64_t i = 2; i <= 8; ++i) EXPECT_TRUE(cache.holds(HostPhysical(i * 4096)));
}

TEST(Cache, HoldsChangesNothing) {
  Cache cache(config(2 * 64, 2));
  cache.fill(HostPhysical(0));
  cache.fill(HostPhysical(64));
  EXPECT_TRUE(cache.holds(HostPhysical(0)));
  cache.fill(HostPhysical(128));
  EXPECT_FALSE(cache.holds(HostPhysical(0)));
}

TEST(Cache, AFillOfALinePresentIsAUse) {
  Cache cache(config(2 * 64, 2));
  cache.fill(HostPhysical(0));
  cache.fill(HostPhysical(64));
  cache.fill(HostPhysical(0));
  cache.fill(HostPhysical(128));
  EXPECT_TRUE(cache.holds(HostPhysical(0)));
  EXPECT_FALSE(cache.holds(HostPhysical(64)));
}

// 15 MB in 20 ways are 12,288 sets.
TEST(Cache, NeedNotHaveAPowerOfTwoOfSets) {
  Cache cache(config(15 << 20, 20));
  const auto line = [](uint64_t i) { return HostPhysical((777 + i * 12288) * kLineBytes); };
  for (uint64_t i = 0; i < 20; ++i) cache.fill(line(i));
  cache.fill(line(0) + kLineBytes);
  for (uint64_t i = 0; i < 20; ++i) EXPECT_TRUE(cache.holds(line(i)));
  cache.fill(line(20));
  EXPECT_FALSE(cache.holds(line(0)));
  EXPECT_TRUE(cache.holds(line(1)));
  EXPECT_TRUE(cache.holds(line(0) + kLineBytes));
}

TEST(Cache, HoldsExactlyItsSize) {
  Cache cache(config(15 << 20, 20));
  for (uint64_t address = 0; address < 15 << 20; address += kLineBytes)
    cache.fill(HostPhysical(address));
  for (uint64_t address = 0; address < 15 << 20; address += kLineBytes)
    ASSERT_TRUE(cache.holds(HostPhysical(address)));
}

// An OFFSET may send an address beyond any physical memory.
TEST(Cache, TakesAnyAddress) {
  Cache cache(config(15 << 20, 20));
  for (int bit = 0; bit < 64; ++bit)
    for (const HostPhysical address :
         {HostPhysical(~uint64_t{0} << bit), HostPhysical(~uint64_t{0} >> bit)}) {
      cache.fill(address);
      EXPECT_TRUE(cache.look_up(address));
    }
}

// With short tags, what lies beyond memory must not be taken for a line that has the same.
TEST(Cache, HoldsNothingBeyondItsReach) {
  constexpr uint64_t kReach = uint64_t{1} << 43;
  Cache cache(config(32 << 10, 8), 1, kReach);
  for (uint64_t address = 0; address < 32 << 10; address += kLineBytes)
    cache.fill(HostPhysical(address));
  for (int bit = 43; bit < 64; ++bit) {
    const HostPhysical address(uint64_t{1} << bit);
    EXPECT_FALSE(cache.access(address));
    EXPECT_FALSE(cache.look_up(address));
    EXPECT_FALSE(cache.holds(address));
  }
  EXPECT_TRUE(cache.holds(HostPhysical(0)));
  cache.fill(HostPhysical(kReach - kLineBytes));
  EXPECT_TRUE(cache.holds(HostPhysical(kReach - 1)));
}

TEST(Cache, ClearEmptiesIt) {
  Cache cache(config(32 << 10, 8));
  cache.fill(HostPhysical(0x1000));
  cache.clear();
  EXPECT_FALSE(cache.holds(HostPhysical(0x1000)));
}

TEST(Cache, TakesEveryReplacement) {
  for (const Replacement replacement :
       {Replacement::kLru, Replacement::kTreePlru, Replacement::kRandom}) {
    Cache cache(config(8 * 64, 8, replacement), 3);
    for (uint64_t i = 0; i < 8; ++i) cache.fill(HostPhysical(i * 64));
    for (uint64_t i = 0; i < 8; ++i) EXPECT_TRUE(cache.holds(HostPhysical(i * 64)));
    cache.fill(HostPhysical(8 * 64));
    int left = 0;
    for (uint64_t i = 0; i < 9; ++i) left += cache.holds(HostPhysical(i * 64)) ? 1 : 0;
    EXPECT_EQ(left, 8);
    EXPECT_TRUE(cache.holds(HostPhysical(8 * 64)));
  }
}

TEST(Cache, RefusesSizesThatDoNotExist) {
  EXPECT_THROW(Cache{config(0, 1)}, std::invalid_argument);
  EXPECT_THROW(Cache{config(0, 8)}, std::invalid_argument);
  EXPECT_THROW(Cache{config(100, 1)}, std::invalid_argument);
  EXPECT_THROW(Cache{config(32 << 10, 7)}, std::invalid_argument);
  EXPECT_THROW(Cache{config(32 << 10, 0)}, std::invalid_argument);
  EXPECT_THROW(Cache{config((uint64_t{1} << 38) + (32 << 10), 8)}, std::invalid_argument);
  EXPECT_THROW(Cache{config(15 << 20, 20, Replacement::kTreePlru)}, std::invalid_argument);
}

TEST(Cache, HoldsNothingBeyondTheReachOfMemory) {
  for (const Replacement policy :
       {Replacement::kLru, Replacement::kTreePlru, Replacement::kRandom}) {
    Cache cache(config(32 << 10, 8, policy), 1, 1 << 20);
    for (int again = 0; again < 2; ++again) EXPECT_FALSE(cache.access(HostPhysical(2 << 20)));
    EXPECT_FALSE(cache.holds(HostPhysical(2 << 20)));
    EXPECT_FALSE(cache.look_up(HostPhysical(2 << 20)));
    EXPECT_FALSE(cache.access(HostPhysical((1 << 20) - 1)));
    EXPECT_TRUE(cache.holds(HostPhysical((1 << 20) - 1)));
  }
}

RC_GTEST_PROP(Cache, EqualsAListOfRecency, ()) {
  const auto sets = *rc::gen::inRange<uint64_t>(1, 8);
  const auto ways = *rc::gen::element<uint32_t>(1, 2, 3, 4, 5, 8, 12, 16, 20, 24, 28, 32);
  // A known end of memory lets tags be short.
  const auto reach = *rc::gen::element(~uint64_t{0}, uint64_t{1} << 30);
  Cache cache(config(sets * ways * kLineBytes, ways), 1, reach);
  std::vector<std::vector<uint64_t>> model(sets);
  for (int step = 0; step < 200; ++step) {
    const auto line = *rc::gen::inRange<uint64_t>(0, 2 * sets * ways);
    const HostPhysical address(line * kLineBytes + *rc::gen::inRange<uint64_t>(0, kLineBytes));
    std::vector<uint64_t>& set = model[line % sets];
    const auto place = std::find(set.begin(), set.end(), line);
    const bool present = place != set.end();
    RC_ASSERT(cache.holds(address) == present);
    if (*rc::gen::arbitrary<bool>()) {
      RC_ASSERT(cache.access(address) == present);
    } else {
      RC_ASSERT(cache.look_up(address) == present);
      if (!present) cache.fill(address);
    }
    if (present) {
      set.erase(place);
    } else {
      if (set.size() == ways) set.pop_back();
    }
    set.insert(set.begin(), line);
  }
}

}  // namespace
}  // namespace nestwalk
