// SPDX-License-Identifier: Apache-2.0
#include "model/filter/h3.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace nestwalk {
namespace {

constexpr uint64_t kKeyMask = (uint64_t{1} << 52) - 1;

/// SplitMix64 as its author gives it: a state and its next output.
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// The first outputs of SplitMix64 for these seeds are published test values.
TEST(H3, RowsAreThePublishedOutputsOfSplitMix64) {
  EXPECT_EQ(H3::row(0, 0, 1234567), 6457827717110365317U & kKeyMask);
  EXPECT_EQ(H3::row(0, 1, 1234567), 3203168211198807973U & kKeyMask);
  EXPECT_EQ(H3::row(0, 2, 1234567), 9817491932198370423U & kKeyMask);
  EXPECT_EQ(H3::row(0, 3, 1234567), 4593380528125082431U & kKeyMask);
  EXPECT_EQ(H3::row(0, 4, 1234567), 16408922859458223821U & kKeyMask);
  EXPECT_EQ(H3::row(0, 0, 0), 0xe220a8397b1dcdafU & kKeyMask);
}

TEST(H3, TakesSixteenOutputsForEachHash) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    SplitMix64 generator(seed);
    for (int hash = 0; hash < 8; ++hash)
      for (int bit = 0; bit < 16; ++bit)
        ASSERT_EQ(H3::row(hash, bit, seed), generator.next() & kKeyMask) << hash << " " << bit;
  }
}

/// Output bit i = parity(key AND row_i), one bit after the other.
uint64_t by_definition(int hash, int output_bits, uint64_t seed, uint64_t key) {
  uint64_t index = 0;
  for (int bit = 0; bit < output_bits; ++bit) {
    const uint64_t row = H3::row(hash, bit, seed);
    uint64_t parity = 0;
    for (int k = 0; k < 52; ++k) parity ^= (key & row) >> k & 1;
    index |= parity << bit;
  }
  return index;
}

RC_GTEST_PROP(H3, FollowsItsDefinition, (uint64_t seed, uint64_t any, uint64_t mask)) {
  const auto hashes = *rc::gen::inRange(1, 9);
  const auto bits = *rc::gen::inRange(0, 17);
  const uint64_t key = any ^ ~mask;
  const H3::Indices indices = H3(hashes, bits, seed)(key);
  for (int hash = 0; hash < H3::kMaxHashes; ++hash)
    RC_ASSERT(indices[static_cast<size_t>(hash)] ==
              (hash < hashes ? by_definition(hash, bits, seed, key) : 0));
}

RC_GTEST_PROP(H3, IsLinear, (uint64_t seed, uint64_t a, uint64_t b)) {
  const H3 hash(8, 16, seed);
  const H3::Indices of_a = hash(a);
  const H3::Indices of_b = hash(b);
  const H3::Indices of_sum = hash(a ^ b);
  for (size_t i = 0; i < of_sum.size(); ++i) RC_ASSERT(of_sum[i] == (of_a[i] ^ of_b[i]));
  for (const uint16_t index : hash(0)) RC_ASSERT(index == 0);
}

}  // namespace
}  // namespace nestwalk
