// SPDX-License-Identifier: Apache-2.0
#include "model/cache/lru_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

namespace nestwalk {
namespace {

/// Tags beside each other: none but those of the set may change.
constexpr uint32_t kBefore = 8;
constexpr uint32_t kAfter = 8;
constexpr uint32_t kNeighbour = 0xdeadbeef;

using Tags = std::array<uint32_t, kBefore + LruSet::kMostWays + kAfter>;

/// The same by a list: moves the tag to the front, over the last one if it is not there.
bool access(std::vector<uint32_t>& set, uint32_t tag) {
  const auto place = std::find(set.begin(), set.end(), tag);
  const bool found = place != set.end();
  set.erase(found ? place : set.end() - 1);
  set.insert(set.begin(), tag);
  return found;
}

template <class Set, class Ways>
void equals_a_list(Ways ways) {
  std::vector<uint32_t> list(ways, 0);  // 0: an empty way
  Tags tags;
  tags.fill(kNeighbour);
  std::fill_n(tags.begin() + kBefore, static_cast<uint32_t>(ways), 0);
  const auto accesses =
      *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(1, 2 * ways));
  const std::vector<uint64_t> lines(accesses.begin(), accesses.end());
  const auto place_of = [](uint64_t line) {
    return LruSet::Place{kBefore, static_cast<uint32_t>(line)};
  };
  // In pieces, to see the set in between.
  for (size_t i = 0; i < lines.size();) {
    const auto count = std::min(lines.size() - i, *rc::gen::inRange<size_t>(1, 6));
    std::vector<bool> missed;
    Set::access_each(tags.data(), ways, place_of, lines.data() + i, count, [&](size_t k, bool one) {
      EXPECT_EQ(k, missed.size());
      missed.push_back(one);
    });
    RC_ASSERT(missed.size() == count);
    for (size_t k = 0; k < count; ++k) RC_ASSERT(missed[k] != access(list, accesses[i + k]));
    RC_ASSERT(std::equal(list.begin(), list.end(), tags.begin() + kBefore));
    RC_ASSERT(std::count(tags.begin(), tags.end(), kNeighbour) ==
              kBefore + kAfter + LruSet::kMostWays - static_cast<uint32_t>(ways));
    i += count;
  }
}

template <class Set>
void equals_a_list() {
  equals_a_list<Set>(*rc::gen::element<uint32_t>(4, 8, 12, 16, 20, 24, 28, 32));
  equals_a_list<Set>(std::integral_constant<uint32_t, 8>());
  equals_a_list<Set>(std::integral_constant<uint32_t, 16>());
  equals_a_list<Set>(std::integral_constant<uint32_t, 20>());
}

RC_GTEST_PROP(LruSet, FourTagsAtATimeEqualAListOfRecency, ()) {
  equals_a_list<Sse2Set>();
}

// Eight where the host has AVX2, as in a run.
RC_GTEST_PROP(LruSet, AsManyTagsAtATimeAsTheHostCanEqualAListOfRecency, ()) {
  if (Avx2Set::is_available())
    equals_a_list<Avx2Set>();
  else
    equals_a_list<Sse2Set>();
}

}  // namespace
}  // namespace nestwalk
