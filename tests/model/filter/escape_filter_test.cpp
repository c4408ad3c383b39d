// SPDX-License-Identifier: Apache-2.0
#include "model/filter/escape_filter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

namespace nestwalk {
namespace {

constexpr uint64_t kPagesIn2M = 512;
constexpr uint64_t kPagesIn1G = 512 * 512;
constexpr uint64_t kPageNumbers = uint64_t{1} << 52;

FilterConfig flat(uint32_t bits, uint32_t hashes, uint64_t seed = 1) {
  return {bits, hashes, false, seed};
}
FilterConfig partitioned(uint32_t bits, uint32_t hashes, uint64_t seed = 1) {
  return {bits, hashes, true, seed};
}

int bits_set(const EscapeFilter& filter) {
  int count = 0;
  for (const uint64_t word : filter.words()) count += __builtin_popcountll(word);
  return count;
}

/// A filter of any permitted shape.
FilterConfig any_config() {
  const auto hashes = *rc::gen::inRange<uint32_t>(1, 9);
  const uint32_t power = 1U << *rc::gen::inRange(0, 17);
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  return *rc::gen::arbitrary<bool>() ? partitioned(power * hashes, hashes, seed)
                                     : flat(power, hashes, seed);
}

// ---- Shape

TEST(EscapeFilter, DefaultsToThePapers) {
  const EscapeFilter filter{FilterConfig{}};
  EXPECT_EQ(filter.config().bits, 256U);
  EXPECT_EQ(filter.config().hashes, 4U);
  EXPECT_TRUE(filter.config().partitioned);
  EXPECT_EQ(filter.words().size(), 4U);
}

TEST(EscapeFilter, RefusesShapesThatDoNotExist) {
  EXPECT_THROW(EscapeFilter{partitioned(256, 0)}, std::invalid_argument);
  EXPECT_THROW(EscapeFilter{flat(256, 9)}, std::invalid_argument);
  EXPECT_THROW(EscapeFilter{flat(0, 1)}, std::invalid_argument);
  EXPECT_THROW(EscapeFilter{flat(255, 4)}, std::invalid_argument);
  EXPECT_THROW(EscapeFilter{flat(1 << 17, 1)}, std::invalid_argument);
  EXPECT_THROW(EscapeFilter{partitioned(256, 3)}, std::invalid_argument) << "not whole partitions";
  EXPECT_THROW(EscapeFilter{partitioned(96, 4)}, std::invalid_argument) << "24 bits a partition";
  EXPECT_THROW(EscapeFilter{partitioned(2, 4)}, std::invalid_argument) << "no bit a hash";
  EXPECT_NO_THROW(EscapeFilter{partitioned(192, 3)});
  EXPECT_NO_THROW(EscapeFilter{partitioned(8 << 16, 8)});
  EXPECT_NO_THROW(EscapeFilter{flat(1 << 16, 8)});
}

// ---- Content

TEST(EscapeFilter, ContainsNothingAtFirst) {
  const EscapeFilter filter{FilterConfig{}};
  for (uint64_t page = 0; page < 10000; ++page) EXPECT_FALSE(filter.contains(page));
  EXPECT_FALSE(filter.contains_any(0, PageSize::k1G));
}

RC_GTEST_PROP(EscapeFilter, HasNoFalseNegatives, ()) {
  EscapeFilter filter(any_config());
  const auto pages =
      *rc::gen::container<std::set<uint64_t>>(rc::gen::inRange<uint64_t>(0, kPageNumbers));
  for (const uint64_t page : pages) filter.insert(page);
  RC_ASSERT(filter.inserted() == pages);
  for (const uint64_t page : pages) {
    RC_ASSERT(filter.contains(page));
    RC_ASSERT(filter.was_inserted(page));
    for (const PageSize size : {PageSize::k4K, PageSize::k2M, PageSize::k1G})
      RC_ASSERT(filter.contains_any(page, size));
  }
}

TEST(EscapeFilter, SetsABitInEachPartition) {
  EscapeFilter filter(partitioned(256, 4));
  filter.insert(0x12345);
  const H3::Indices indices = H3(4, 6, 1)(0x12345);
  for (size_t hash = 0; hash < 4; ++hash)
    EXPECT_EQ(filter.words()[hash], uint64_t{1} << indices[hash]);
}

TEST(EscapeFilter, SharesItsBitsWhereItIsFlat) {
  EscapeFilter filter(flat(64, 4));
  filter.insert(0x12345);
  uint64_t expected = 0;
  for (size_t hash = 0; hash < 4; ++hash) expected |= uint64_t{1} << H3(4, 6, 1)(0x12345)[hash];
  EXPECT_EQ(filter.words()[0], expected);
}

TEST(EscapeFilter, DependsOnItsSeed) {
  EscapeFilter a(partitioned(256, 4, 1));
  EscapeFilter b(partitioned(256, 4, 2));
  a.insert(0x12345);
  b.insert(0x12345);
  EXPECT_NE(a.words(), b.words());
}

TEST(EscapeFilter, KnowsItsFalsePositives) {
  EscapeFilter filter(partitioned(4, 4));  // one bit a partition: full after one page
  filter.insert(7);
  EXPECT_TRUE(filter.contains(8));
  EXPECT_FALSE(filter.was_inserted(8));
  EXPECT_TRUE(filter.was_inserted(7));
}

RC_GTEST_PROP(EscapeFilter, ClearedAndRebuiltIsAsNew, (std::set<uint64_t> before)) {
  const auto pages = *rc::gen::container<std::set<uint64_t>>(rc::gen::inRange<uint64_t>(0, 4096));
  EscapeFilter reused{FilterConfig{}};
  for (const uint64_t page : before) reused.insert(page % kPageNumbers);
  reused.clear();
  RC_ASSERT(bits_set(reused) == 0);
  RC_ASSERT(reused.inserted().empty());
  for (const uint64_t page : before) {
    RC_ASSERT(!reused.contains(page % kPageNumbers));
    RC_ASSERT(!reused.contains_any(page % kPageNumbers, PageSize::k2M));
  }
  EscapeFilter fresh{FilterConfig{}};
  for (const uint64_t page : pages) reused.insert(page);
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) fresh.insert(*page);
  RC_ASSERT(reused.words() == fresh.words());
}

// ---- contains_any

bool any_by_force(const EscapeFilter& filter, uint64_t page, uint64_t pages) {
  const uint64_t first = page / pages * pages;
  for (uint64_t i = 0; i < pages; ++i)
    if (filter.contains(first + i)) return true;
  return false;
}

// Asked again and again while pages come and go: remembered answers must not outlive the content.
RC_GTEST_PROP(EscapeFilter, ContainsAnyIsWhatEveryPageSays, ()) {
  EscapeFilter filter(partitioned(1024, 4, *rc::gen::arbitrary<uint64_t>()));
  const auto page = [] {
    return *rc::gen::inRange<uint64_t>(0, 8) * kPagesIn2M +
           *rc::gen::element<uint64_t>(0, 1, 510, 511);
  };
  for (int step = 0; step < 30; ++step) {
    if (*rc::gen::inRange(0, 10) == 0) filter.clear();
    if (*rc::gen::inRange(0, 3) == 0) filter.insert(page());
    const uint64_t asked = page();
    RC_ASSERT(filter.contains_any(asked, PageSize::k4K) == filter.contains(asked));
    RC_ASSERT(filter.contains_any(asked, PageSize::k2M) == any_by_force(filter, asked, kPagesIn2M));
  }
}

TEST(EscapeFilter, ContainsAnyHoldsForAGigabyte) {
  EscapeFilter filter(partitioned(8 << 16, 8));
  filter.insert(2 * kPagesIn1G - 1);
  EXPECT_FALSE(filter.contains_any(0, PageSize::k1G));
  EXPECT_TRUE(filter.contains_any(kPagesIn1G, PageSize::k1G));
  EXPECT_FALSE(filter.contains_any(2 * kPagesIn1G, PageSize::k1G));
  for (uint64_t gigabyte = 0; gigabyte < 3; ++gigabyte)
    EXPECT_EQ(filter.contains_any(gigabyte * kPagesIn1G + 5, PageSize::k1G),
              any_by_force(filter, gigabyte * kPagesIn1G, kPagesIn1G));
}

TEST(EscapeFilter, ContainsAnySeesFalsePositivesToo) {
  EscapeFilter filter{FilterConfig{}};
  for (uint64_t i = 0; i < 16; ++i) filter.insert((uint64_t{1} << 40) + i * 977);
  int with_none_inserted = 0;
  for (uint64_t region = 0; region < 200; ++region) {
    const bool any = filter.contains_any(region * kPagesIn2M, PageSize::k2M);
    ASSERT_EQ(any, any_by_force(filter, region * kPagesIn2M, kPagesIn2M));
    with_none_inserted += any ? 1 : 0;
  }
  EXPECT_GT(with_none_inserted, 0);
}

// Regions far apart, and sizes, share the places of remembered answers.
TEST(EscapeFilter, ContainsAnyTellsQuestionsApart) {
  EscapeFilter filter(partitioned(8 << 16, 8));
  filter.insert(5 * kPagesIn2M);
  for (int round = 0; round < 3; ++round)
    for (int distance = 8; distance <= 30; ++distance) {
      const uint64_t far = (5 + (uint64_t{1} << distance)) * kPagesIn2M;
      EXPECT_TRUE(filter.contains_any(5 * kPagesIn2M + 3, PageSize::k2M));
      EXPECT_FALSE(filter.contains_any(far, PageSize::k2M));
      EXPECT_FALSE(filter.contains_any(far, PageSize::k4K));
      EXPECT_TRUE(filter.contains_any(5 * kPagesIn2M, PageSize::k4K));
      EXPECT_FALSE(filter.contains_any(5 * kPagesIn2M + 1, PageSize::k4K));
    }
  EXPECT_FALSE(filter.contains_any(4, PageSize::k4K));
  EXPECT_FALSE(filter.contains_any(0, PageSize::k2M));
  EXPECT_TRUE(filter.contains_any(0, PageSize::k1G));
}

// ---- The rate of false positives
//
// Random pages in, one random page asked, all anew each time: the count of positives is binomial.
// The rows of these hashes are independent, so each hash of a random key is uniform and knows
// nothing of the others.

int false_positives(FilterConfig config, int pages, int trials) {
  std::mt19937_64 random(20140613);
  constexpr int kMatrices = 20;
  int positives = 0;
  for (int matrix = 0; matrix < kMatrices; ++matrix) {
    config.seed = random();
    EscapeFilter filter(config);
    for (int trial = 0; trial < trials / kMatrices; ++trial) {
      filter.clear();
      for (int i = 0; i < pages; ++i) filter.insert(random() % kPageNumbers);
      positives += filter.contains(random() % kPageNumbers) ? 1 : 0;
    }
  }
  return positives;
}

void expect_binomial(int count, int trials, double rate) {
  EXPECT_NEAR(count, trials * rate, 5 * std::sqrt(trials * rate * (1 - rate)));
}

/// Spec 2.4's (1 - (1 - 1/64)^n)^4, for any number and size of partitions.
double partitioned_rate(int partition_bits, int hashes, int pages) {
  return std::pow(1 - std::pow(1 - 1.0 / partition_bits, pages), hashes);
}

/// The well-known estimate for one array that all hashes share.
double flat_rate(int bits, int hashes, int pages) {
  return std::pow(1 - std::pow(1 - 1.0 / bits, hashes * pages), hashes);
}

/// The same exactly: the mean of (bits set / bits)^hashes over what hashes x pages throws set.
double exact_flat_rate(int bits, int hashes, int pages) {
  std::vector<double> set(static_cast<size_t>(bits) + 1, 0);
  set[0] = 1;
  for (int i = 0; i < hashes * pages; ++i)
    for (size_t k = set.size(); k-- > 0;) {
      const double share = static_cast<double>(k) / bits;
      set[k] = set[k] * share + (k == 0 ? 0 : set[k - 1] * (1 - (share - 1.0 / bits)));
    }
  double rate = 0;
  for (size_t k = 0; k < set.size(); ++k)
    rate += set[k] * std::pow(static_cast<double>(k) / bits, hashes);
  return rate;
}

TEST(EscapeFilterRate, IsTheFormulaOfAPartitionedFilter) {
  EXPECT_NEAR(partitioned_rate(64, 4, 16), 0.0025, 0.0001) << "the 0.25 % of spec 2.4";
  expect_binomial(false_positives(partitioned(256, 4), 1, 40000), 40000,
                  partitioned_rate(64, 4, 1));
  expect_binomial(false_positives(partitioned(256, 4), 16, 200000), 200000,
                  partitioned_rate(64, 4, 16));
  expect_binomial(false_positives(partitioned(256, 4), 64, 20000), 20000,
                  partitioned_rate(64, 4, 64));
  expect_binomial(false_positives(partitioned(96, 3), 16, 40000), 40000,
                  partitioned_rate(32, 3, 16));
  expect_binomial(false_positives(partitioned(1024, 8), 128, 20000), 20000,
                  partitioned_rate(128, 8, 128));
}

TEST(EscapeFilterRate, IsTheFormulaOfAFlatFilter) {
  struct Case {
    int bits, hashes, pages, trials;
  };
  for (const Case& c : {Case{256, 4, 16, 200000}, Case{256, 4, 64, 20000}, Case{64, 2, 8, 40000},
                        Case{1024, 8, 128, 20000}}) {
    const double rate = exact_flat_rate(c.bits, c.hashes, c.pages);
    EXPECT_NEAR(rate, flat_rate(c.bits, c.hashes, c.pages), 0.02 * rate);
    const FilterConfig config =
        flat(static_cast<uint32_t>(c.bits), static_cast<uint32_t>(c.hashes));
    expect_binomial(false_positives(config, c.pages, c.trials), c.trials, rate);
  }
}

}  // namespace
}  // namespace nestwalk
