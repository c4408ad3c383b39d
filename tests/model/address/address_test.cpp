// SPDX-License-Identifier: Apache-2.0
#include "model/address/address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <type_traits>

#include "model/address/space_id.h"

namespace nestwalk {
namespace {

// ---- What must not compile: one space's address where another's is meant.

template <class To, class From>
constexpr bool kUnrelated = !std::is_constructible_v<To, From> &&
                            !std::is_convertible_v<From, To> && !std::is_assignable_v<To&, From>;

template <class A, class B>
constexpr bool kMixes =
    std::is_invocable_v<std::minus<>, A, B> || std::is_invocable_v<std::plus<>, A, B> ||
    std::is_invocable_v<std::equal_to<>, A, B> || std::is_invocable_v<std::not_equal_to<>, A, B> ||
    std::is_invocable_v<std::less<>, A, B> || std::is_invocable_v<std::greater_equal<>, A, B>;

template <class A, class B>
constexpr bool kSeparate = kUnrelated<A, B>&& kUnrelated<B, A> && !kMixes<A, B> && !kMixes<B, A>;

static_assert(kSeparate<GuestVirtual, GuestPhysical>);
static_assert(kSeparate<GuestPhysical, HostPhysical>);
static_assert(kSeparate<HostPhysical, GuestVirtual>);
static_assert(kSeparate<Pcid, Vpid>);

// Numbers become addresses, and addresses numbers, only where the source says so.
template <class A>
constexpr bool kExplicit =
    std::is_constructible_v<A, uint64_t> && !std::is_convertible_v<uint64_t, A> &&
    !std::is_convertible_v<int, A> && !std::is_constructible_v<uint64_t, A> &&
    !std::is_invocable_v<std::equal_to<>, A, uint64_t> &&
    !std::is_invocable_v<std::less<>, A, uint64_t>;

static_assert(kExplicit<GuestVirtual>);
static_assert(kExplicit<GuestPhysical>);
static_assert(kExplicit<HostPhysical>);

// Two addresses have a distance but no sum.
static_assert(std::is_same_v<decltype(GuestVirtual() - GuestVirtual()), uint64_t>);
static_assert(!std::is_invocable_v<std::plus<>, GuestVirtual, GuestVirtual>);

// The only step between spaces without a table or a segment goes one way.
static_assert(std::is_invocable_r_v<HostPhysical, decltype(unvirtualized), GuestPhysical>);
static_assert(!std::is_invocable_v<decltype(unvirtualized), GuestVirtual>);
static_assert(!std::is_invocable_v<decltype(unvirtualized), HostPhysical>);

static_assert(sizeof(HostPhysical) == 8 && std::is_trivially_copyable_v<HostPhysical>);

// ---- Pages

TEST(PageSize, HasTheSizesOfX86) {
  EXPECT_EQ(bytes(PageSize::k4K), 4096U);
  EXPECT_EQ(bytes(PageSize::k2M), 2097152U);
  EXPECT_EQ(bytes(PageSize::k1G), 1073741824U);
  EXPECT_EQ(mask(PageSize::k2M), 2097151U);
  EXPECT_EQ(shift(PageSize::k1G), 30);
}

TEST(PageSize, OrdersByBytes) {
  EXPECT_EQ(smaller(PageSize::k1G, PageSize::k2M), PageSize::k2M);
  EXPECT_EQ(smaller(PageSize::k4K, PageSize::k2M), PageSize::k4K);
  EXPECT_LT(PageSize::k2M, PageSize::k1G);
}

TEST(PageSize, OfALeafFollowsFromItsLevel) {
  EXPECT_EQ(leaf_size(1), PageSize::k4K);
  EXPECT_EQ(leaf_size(2), PageSize::k2M);
  EXPECT_EQ(leaf_size(3), PageSize::k1G);
}

TEST(Address, SplitsIntoPageAndOffset) {
  constexpr GuestVirtual address(0x7fff'c0de'3456);
  EXPECT_EQ(address.page(), 0x7'fffc'0de3U);
  EXPECT_EQ(address.offset(), 0x456U);
  EXPECT_EQ(address.page(PageSize::k2M), 0x3fff'e06U);
  EXPECT_EQ(address.offset(PageSize::k2M), 0x1e'3456U);
  EXPECT_EQ(address.align_down(PageSize::k1G), GuestVirtual(0x7fff'c000'0000));
  EXPECT_TRUE(GuestVirtual(0x4000'0000).is_aligned(PageSize::k1G));
  EXPECT_FALSE(GuestVirtual(0x4020'0000).is_aligned(PageSize::k1G));
}

RC_GTEST_PROP(Address, IsItsPageStartAndItsOffset, (uint64_t value)) {
  for (const PageSize size : {PageSize::k4K, PageSize::k2M, PageSize::k1G}) {
    const GuestPhysical address(value);
    RC_ASSERT(address.page(size) == value / bytes(size));
    RC_ASSERT(address.offset(size) == value % bytes(size));
    RC_ASSERT(address.align_down(size) + address.offset(size) == address);
    RC_ASSERT(address.align_down(size).is_aligned(size));
  }
}

TEST(Address, AddsModulo2To64) {
  EXPECT_EQ(HostPhysical(~uint64_t{0}) + 2, HostPhysical(1));
  EXPECT_EQ(HostPhysical(1) - uint64_t{2}, HostPhysical(~uint64_t{0}));
  EXPECT_EQ(HostPhysical(1) - HostPhysical(2), ~uint64_t{0});
}

TEST(Address, ComparesAsUnsigned) {
  const GuestVirtual low(1);
  const GuestVirtual high(uint64_t{1} << 63);
  EXPECT_TRUE(low < high && low <= high && high > low && high >= low && low != high);
  EXPECT_TRUE(low <= low && low >= low && !(low < low) && low == low);
}

// ---- Canonical form

struct CanonicalCase {
  uint64_t address;
  bool four_levels;
  bool five_levels;
};

TEST(Canonical, RepeatsTheTopTranslatedBit) {
  const CanonicalCase cases[] = {
      {0, true, true},
      {0x0000'7fff'ffff'ffff, true, true},
      {0x0000'8000'0000'0000, false, true},
      {0x00ff'ffff'ffff'ffff, false, true},
      {0x0100'0000'0000'0000, false, false},
      {0xfeff'ffff'ffff'ffff, false, false},
      {0xff00'0000'0000'0000, false, true},
      {0xffff'7fff'ffff'ffff, false, true},
      {0xffff'8000'0000'0000, true, true},
      {0xffff'ffff'ffff'ffff, true, true},
      {0x8000'0000'0000'0000, false, false},
  };
  for (const CanonicalCase& c : cases) {
    EXPECT_EQ(is_canonical(GuestVirtual(c.address), 4), c.four_levels) << std::hex << c.address;
    EXPECT_EQ(is_canonical(GuestVirtual(c.address), 5), c.five_levels) << std::hex << c.address;
  }
}

}  // namespace
}  // namespace nestwalk
