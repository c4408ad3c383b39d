// SPDX-License-Identifier: Apache-2.0
#include "model/array/zeroed_array.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>

namespace nestwalk {
namespace {

uint64_t sum(const ZeroedArray<uint32_t>& array) {
  return std::accumulate(array.data(), array.data() + array.size(), uint64_t{0});
}

TEST(ZeroedArray, IsAllZerosAtFirstAndWhenCleared) {
  ZeroedArray<uint32_t> array(100'000);
  EXPECT_EQ(array.size(), 100'000U);
  EXPECT_EQ(sum(array), 0U);
  std::iota(array.data(), array.data() + array.size(), 1);
  EXPECT_EQ(sum(array), uint64_t{100'000} * 100'001 / 2);
  array.clear();
  EXPECT_EQ(array.size(), 100'000U);
  EXPECT_EQ(sum(array), 0U);
}

TEST(ZeroedArray, MayBeEmpty) {
  EXPECT_EQ(ZeroedArray<uint32_t>(0).size(), 0U);
}

TEST(ZeroedArray, BeginsALineOfTheHostsCaches) {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{1'000'000}}) {
    ZeroedArray<uint32_t> array(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 64, 0U) << size;
    array.clear();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 64, 0U) << size;
  }
}

TEST(ZeroedArray, SaysWhenThereIsNoRoom) {
  const volatile size_t too_many = SIZE_MAX / sizeof(uint64_t);  // unknown to the compiler
  EXPECT_THROW(ZeroedArray<uint64_t>{too_many}, std::bad_alloc);
}

}  // namespace
}  // namespace nestwalk
