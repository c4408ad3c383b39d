// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/memcached.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/stream/workload/workload.h"
#include "sim/stream/workload/zipf.h"
#include "tests/sim/stream/streams.h"

namespace nestwalk {
namespace {

TEST(Memcached, KeysAndValuesAreDistributedAsPublished) {
  Random random(1);
  std::vector<double> keys, values;
  for (int i = 0; i < 100001; ++i) {
    const MemcachedItem item = draw_item(random);
    keys.push_back(item.key);
    values.push_back(item.value);
  }
  const auto quantile = [](std::vector<double>& of, double q) {
    const auto at =
        of.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(of.size() - 1));
    std::nth_element(of.begin(), at, of.end());
    return *at;
  };
  // From the inverse distribution functions; whole bytes are cut off.
  for (const double q : {0.1, 0.5, 0.9, 0.99}) {
    const double key = 30.7984 + 8.20449 / 0.078688 * (std::pow(-std::log(q), -0.078688) - 1);
    const double value = 214.476 / 0.348238 * (std::pow(1 - q, -0.348238) - 1);
    EXPECT_NEAR(quantile(keys, q), key, 1.5) << q;
    EXPECT_NEAR(quantile(values, q), value, 0.03 * value + 1.5) << q;
  }
}

TEST(Memcached, HelpTellsTheLeastSkew) {
  EXPECT_NO_THROW(open_workload("memcached:size=8MiB,skew=0.01", 1));
  EXPECT_THROW(open_workload("memcached:size=8MiB,skew=0.009", 1), InputError);
  EXPECT_NE(workload_help().find("exponent, 0.01 to 2"), std::string::npos);
}

TEST(Memcached, ChunksAreApartAndHoldTheirItems) {
  const MemcachedStore store(uint64_t{64} << 20, 1);
  ASSERT_GT(store.items(), 50000u);
  std::vector<std::pair<uint64_t, uint64_t>> chunks;
  for (uint64_t chunk = 0; chunk < store.items(); ++chunk) {
    const MemcachedItem item = store.item(chunk);
    EXPECT_LE(56 + item.key + item.value + 3, store.class_of(chunk).chunk_bytes);
    EXPECT_GE(item.key, 1u);
    chunks.emplace_back(store.address(chunk), store.class_of(chunk).chunk_bytes);
  }
  std::sort(chunks.begin(), chunks.end());
  for (size_t i = 1; i < chunks.size(); ++i)
    ASSERT_LE(chunks[i - 1].first + chunks[i - 1].second, chunks[i].first);
  EXPECT_LE(chunks.back().first + chunks.back().second, store.layout().region().limit.value());
}

TEST(Memcached, TheTableIsAsFullAsMemcachedLets) {
  for (const uint64_t mebibytes : {64, 200, 1000, 71680}) {
    const MemcachedStore store(mebibytes << 20, 1);
    const double load = static_cast<double>(store.items()) / static_cast<double>(store.buckets());
    EXPECT_LE(load, 1.5);
    if (store.buckets() > 65536) {
      EXPECT_GT(load, 0.75);
    }
  }
}

TEST(Zipf, GivesRanksTheirShares) {
  for (const double exponent : {0.5, 1.0, 1.3}) {
    const Zipf zipf(1000, exponent);
    Random random(1);
    std::vector<double> seen(1000);
    constexpr int kDraws = 200000;
    for (int i = 0; i < kDraws; ++i) ++seen.at(zipf(random));
    double sum = 0;
    for (int rank = 1; rank <= 1000; ++rank) sum += std::pow(rank, -exponent);
    for (const int rank : {1, 2, 3, 10, 100}) {
      const double expected = kDraws * std::pow(rank, -exponent) / sum;
      EXPECT_NEAR(seen[static_cast<size_t>(rank - 1)], expected, 5 * std::sqrt(expected)) << rank;
    }
  }
}

TEST(Memcached, TheLessPopularHalfOfTheKeysGetsTheShareThatIsPublished) {
  // "50 % of ETC's keys occur in only 1 % of all requests": the default exponent gives that.
  const MemcachedStore store(uint64_t{70} << 30, 1);
  const Zipf zipf(store.items(), 1.1);
  Random random(1);
  double rare = 0;
  for (int i = 0; i < 200000; ++i) rare += zipf(random) >= store.items() / 2;
  EXPECT_NEAR(rare / 200000, 0.01, 0.003);
}

TEST(Memcached, StaysInItsRegionWithTheLargestOfValues) {
  // Some 150 SETs, of which one is of a value beyond a connection's buffer.
  const auto stream = open_workload("memcached:size=64MiB,connections=1,references=6000000", 4);
  const VirtualRange region = *stream->primary_region();
  std::vector<Reference> batch(4096);
  while (const size_t count = stream->read(batch.data(), batch.size())) {
    for (size_t i = 0; i < count; ++i)
      ASSERT_LE(batch[i].address + batch[i].size, region.limit.value());
  }
}

TEST(Memcached, ValuesAreReadByTheKernelOnly) {
  const auto large_loads = [](const char* specification) {
    const auto references = test::drain(*open_workload(specification, 1));
    return std::count_if(references.begin(), references.end(),
                         [](const Reference& r) { return r.size == 64; });
  };
  EXPECT_GT(large_loads("memcached:size=64MiB,references=300000"), 500);
  EXPECT_EQ(large_loads("memcached:size=64MiB,references=300000,kernel=false"), 0);
}

}  // namespace
}  // namespace nestwalk
