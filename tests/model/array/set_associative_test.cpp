// SPDX-License-Identifier: Apache-2.0
#include "model/array/set_associative.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace nestwalk {
namespace {

struct Number {
  int number = 0;
};
struct Nothing {};

using Array = SetAssociative<Number>;

static_assert(sizeof(SetAssociative<Nothing>::Entry) == 8, "an empty payload takes no room");

/// Keys of the ways of a set, 0 where empty.
std::vector<uint64_t> keys(const Array& array, uint64_t index) {
  std::vector<uint64_t> keys;
  for (uint32_t way = 0; way < array.ways(); ++way) keys.push_back(array.set(index)[way].key);
  return keys;
}

using Keys = std::vector<uint64_t>;

// ---- Geometry

TEST(SetAssociative, HasEntriesByWaysSets) {
  const Array array(1536, 4, Replacement::kLru);
  EXPECT_EQ(array.ways(), 4U);
  EXPECT_EQ(array.sets(), 384U);
  EXPECT_EQ(array.entries().size(), 1536U);
}

TEST(SetAssociative, RefusesGeometriesThatDoNotExist) {
  EXPECT_THROW(Array(0, 1, Replacement::kLru), std::invalid_argument);
  EXPECT_THROW(Array(4, 0, Replacement::kLru), std::invalid_argument);
  EXPECT_THROW(Array(10, 4, Replacement::kLru), std::invalid_argument);
  EXPECT_THROW(Array(2, 4, Replacement::kLru), std::invalid_argument);
  EXPECT_THROW(Array((1U << 18) + 1, 1, Replacement::kLru), std::invalid_argument);
  EXPECT_NO_THROW(Array(1U << 18, 1, Replacement::kLru));
}

TEST(SetAssociative, RefusesTreesThatDoNotExist) {
  EXPECT_THROW(Array(12, 3, Replacement::kTreePlru), std::invalid_argument);
  EXPECT_THROW(Array(128, 128, Replacement::kTreePlru), std::invalid_argument);
  EXPECT_NO_THROW(Array(64, 64, Replacement::kTreePlru));
  EXPECT_NO_THROW(Array(12, 3, Replacement::kLru));
  EXPECT_NO_THROW(Array(12, 3, Replacement::kRandom));
}

TEST(SetAssociative, NeedNotHaveAPowerOfTwoOfSets) {
  Array array(1536, 4, Replacement::kLru);
  for (const uint64_t page : {5, 389, 773, 1157, 6}) array.insert(page, page + 1, {});
  EXPECT_EQ(keys(array, 5), (Keys{1158, 774, 390, 6}));
  EXPECT_EQ(keys(array, 6), (Keys{7, 0, 0, 0}));
  array.insert(1541, 1542, {});
  EXPECT_EQ(array.peek(5, 6), nullptr) << "the least recently used of set 5";
  EXPECT_EQ(keys(array, 5), (Keys{1542, 1158, 774, 390}));
}

TEST(SetAssociative, OfOneSetIsFullyAssociative) {
  Array array(32, 32, Replacement::kLru);
  for (uint64_t i = 0; i < 32; ++i) array.insert(i * 977, i + 1, {static_cast<int>(i)});
  for (uint64_t i = 0; i < 32; ++i) {
    const auto* entry = array.peek(i * 977, i + 1);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->number, static_cast<int>(i));
  }
  array.insert(1, 99, {});
  EXPECT_EQ(array.peek(0, 1), nullptr);
  EXPECT_NE(array.peek(977, 2), nullptr);
}

// ---- True LRU

TEST(SetAssociativeLru, InsertOverTheSameKeyReplacesItsPayload) {
  Array array(4, 4, Replacement::kLru);
  for (uint64_t key = 1; key <= 4; ++key) array.insert(0, key, {static_cast<int>(key)});
  array.insert(0, 2, {22});
  EXPECT_EQ(keys(array, 0), (Keys{2, 4, 3, 1}));
  EXPECT_EQ(array.peek(0, 2)->number, 22);
}

TEST(SetAssociativeLru, LocateAndPeekChangeNothing) {
  Array array(4, 4, Replacement::kLru);
  for (uint64_t key = 1; key <= 4; ++key) array.insert(0, key, {});
  EXPECT_EQ(array.locate(array.set(0), 1), 3);
  EXPECT_EQ(array.locate(array.set(0), 5), -1);
  EXPECT_NE(array.peek(0, 1), nullptr);
  EXPECT_EQ(array.peek(0, 5), nullptr);
  EXPECT_EQ(keys(array, 0), (Keys{4, 3, 2, 1}));
}

TEST(SetAssociativeLru, TouchSaysWhereTheEntryNowIs) {
  Array array(4, 4, Replacement::kLru);
  for (uint64_t key = 1; key <= 4; ++key) array.insert(0, key, {});
  EXPECT_EQ(array.touch(array.set(0), 2)->key, 2U);
  EXPECT_EQ(keys(array, 0), (Keys{2, 4, 3, 1}));
}

TEST(SetAssociativeLru, EraseKeepsTheOrderOfRecency) {
  Array array(8, 8, Replacement::kLru);
  for (uint64_t key = 1; key <= 8; ++key) array.insert(0, key, {});
  EXPECT_EQ(array.erase_if([](const Array::Entry& entry) { return entry.key % 3 == 0; }), 2U);
  EXPECT_EQ(keys(array, 0), (Keys{8, 7, 5, 4, 2, 1, 0, 0}));
  array.insert(0, 9, {});
  EXPECT_EQ(keys(array, 0), (Keys{9, 8, 7, 5, 4, 2, 1, 0}));
}

TEST(SetAssociativeLru, EraseIsNotAskedAboutEmptyWays) {
  Array array(8, 4, Replacement::kLru);
  array.insert(0, 1, {});
  EXPECT_EQ(array.erase_if([](const Array::Entry&) { return true; }), 1U);
}

TEST(SetAssociativeLru, ClearEmptiesEveryWay) {
  Array array(8, 4, Replacement::kLru);
  for (uint64_t key = 1; key <= 8; ++key) array.insert(key, key, {});
  array.clear();
  for (const Array::Entry& entry : array.entries()) EXPECT_EQ(entry.key, 0U);
}

/// True LRU in its simplest form: a list a set, the most recently used first.
class ListModel {
 public:
  struct Item {
    uint64_t key;
    int number;
  };
  using Set = std::vector<Item>;

  ListModel(uint64_t sets, size_t ways) : sets_(sets), ways_(ways) {}

  const Set& set(uint64_t index) const { return sets_[index % sets_.size()]; }

  const Item* find(uint64_t index, uint64_t key) {
    Set& set = sets_[index % sets_.size()];
    const auto item = position(set, key);
    if (item == set.end()) return nullptr;
    std::rotate(set.begin(), item, item + 1);
    return &set.front();
  }
  void insert(uint64_t index, uint64_t key, int number) {
    Set& set = sets_[index % sets_.size()];
    const auto item = position(set, key);
    if (item != set.end()) set.erase(item);
    if (set.size() == ways_) set.pop_back();
    set.insert(set.begin(), {key, number});
  }
  uint64_t erase_keys_of(uint64_t residue, uint64_t modulus) {
    uint64_t erased = 0;
    for (Set& set : sets_) {
      const auto dead = [&](const Item& item) { return item.key % modulus == residue; };
      const auto end = std::remove_if(set.begin(), set.end(), dead);
      erased += static_cast<uint64_t>(set.end() - end);
      set.erase(end, set.end());
    }
    return erased;
  }

 private:
  static Set::iterator position(Set& set, uint64_t key) {
    return std::find_if(set.begin(), set.end(), [&](const Item& i) { return i.key == key; });
  }

  std::vector<Set> sets_;
  size_t ways_;
};

void assert_same(const Array& array, const ListModel& model, uint64_t sets) {
  for (uint64_t index = 0; index < sets; ++index)
    for (uint32_t way = 0; way < array.ways(); ++way) {
      const Array::Entry& entry = array.set(index)[way];
      const auto& items = model.set(index);
      RC_ASSERT(entry.key == (way < items.size() ? items[way].key : 0));
      if (way < items.size()) RC_ASSERT(entry.number == items[way].number);
    }
}

RC_GTEST_PROP(SetAssociativeLru, EqualsAListOfRecency, ()) {
  const auto sets = *rc::gen::inRange<uint32_t>(1, 8);
  const auto ways = *rc::gen::inRange<uint32_t>(1, 7);
  Array array(sets * ways, ways, Replacement::kLru);
  ListModel model(sets, ways);
  const auto steps = *rc::gen::inRange(0, 200);
  for (int step = 0; step < steps; ++step) {
    const auto key = *rc::gen::inRange<uint64_t>(1, 3 * sets * ways + 1);
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        RC_ASSERT(array.erase_if([&](const Array::Entry& e) { return e.key % 5 == key % 5; }) ==
                  model.erase_keys_of(key % 5, 5));
        break;
      case 1:
      case 2:
      case 3: {
        const Array::Entry* const entry = array.find(key, key);
        const ListModel::Item* const item = model.find(key, key);
        RC_ASSERT((entry == nullptr) == (item == nullptr));
        if (entry != nullptr) RC_ASSERT(entry->number == item->number);
        break;
      }
      default:
        array.insert(key, key, {step});
        model.insert(key, key, step);
    }
    assert_same(array, model, sets);
  }
}

// ---- Tree PLRU

/// Way that an insertion of a new key takes.
int victim(Array& array, uint64_t key) {
  array.insert(0, key, {});
  return array.locate(array.set(0), key);
}

std::vector<int> victims(Array& array, int count, uint64_t first_key) {
  std::vector<int> ways;
  for (int i = 0; i < count; ++i)
    ways.push_back(victim(array, first_key + static_cast<uint64_t>(i)));
  return ways;
}

Array filled(uint32_t ways, Replacement replacement, uint64_t seed = 1) {
  Array array(ways, ways, replacement, seed);
  for (uint64_t key = 1; key <= ways; ++key) array.insert(0, key, {});
  return array;
}

// By hand: filled in order, all nodes point to the lower half. Each victim turns the nodes on its
// path away from itself, so the root alternates, and each half's node alternates at every visit.
TEST(SetAssociativeTreePlru, TakesFourWaysInTheTreesOrder) {
  Array array = filled(4, Replacement::kTreePlru);
  EXPECT_EQ(victims(array, 8, 100), (std::vector<int>{0, 2, 1, 3, 0, 2, 1, 3}));
}

TEST(SetAssociativeTreePlru, TakesEightWaysInTheTreesOrder) {
  Array array = filled(8, Replacement::kTreePlru);
  EXPECT_EQ(victims(array, 8, 100), (std::vector<int>{0, 4, 2, 6, 1, 5, 3, 7}));
}

// Ways 0 1 2 3 hold 1 2 3 4; a use of way 0 turns the root to the upper half, whose node points at
// way 2. True LRU would give up way 1.
TEST(SetAssociativeTreePlru, AHitTurnsItsPathAway) {
  Array array = filled(4, Replacement::kTreePlru);
  ASSERT_NE(array.find(0, 1), nullptr);
  EXPECT_EQ(victim(array, 100), 2);
  // Root now to the lower half; its node was turned to way 1 by the use of way 0.
  EXPECT_EQ(victim(array, 101), 1);
  // Root to the upper half; its node was turned to way 3 by the insertion into way 2.
  ASSERT_NE(array.find(0, 101), nullptr);
  EXPECT_EQ(victim(array, 102), 3);
}

TEST(SetAssociativeTreePlru, AnInsertOverTheSameKeyIsAUseOfItsWay) {
  Array array = filled(4, Replacement::kTreePlru);
  array.insert(0, 1, {11});
  EXPECT_EQ(array.locate(array.set(0), 1), 0);
  EXPECT_EQ(array.peek(0, 1)->number, 11);
  EXPECT_EQ(victim(array, 100), 2);
}

TEST(SetAssociativeTreePlru, LocateAndPeekChangeNothing) {
  Array array = filled(4, Replacement::kTreePlru);
  (void)array.locate(array.set(0), 1);
  (void)array.peek(0, 1);
  EXPECT_EQ(victim(array, 100), 0);
}

// After a fill in order, victims come in the order of the way numbers with their bits reversed.
TEST(SetAssociativeTreePlru, WorksForEveryPowerOfTwo) {
  for (int bits = 0; bits <= 6; ++bits) {
    const int ways = 1 << bits;
    Array array = filled(static_cast<uint32_t>(ways), Replacement::kTreePlru);
    for (int i = 0; i < ways; ++i) {
      int reversed = 0;
      for (int bit = 0; bit < bits; ++bit) reversed |= (i >> bit & 1) << (bits - 1 - bit);
      ASSERT_EQ(victim(array, 1000 + static_cast<uint64_t>(i)), reversed) << ways << " ways";
    }
  }
}

TEST(SetAssociativeTreePlru, KeepsATreeForEachSet) {
  Array array(8, 4, Replacement::kTreePlru);
  for (uint64_t key = 1; key <= 8; ++key) array.insert(key % 2, key, {});
  ASSERT_NE(array.find(0, 2), nullptr);  // way 0 of set 0
  array.insert(1, 101, {});
  EXPECT_EQ(array.locate(array.set(1), 101), 0);
  array.insert(0, 100, {});
  EXPECT_EQ(array.locate(array.set(0), 100), 2);
}

TEST(SetAssociativeTreePlru, FillsAnEmptyWayBeforeItsVictim) {
  Array array = filled(4, Replacement::kTreePlru);
  EXPECT_EQ(array.erase_if([](const Array::Entry& entry) { return entry.key == 3; }), 1U);
  EXPECT_EQ(keys(array, 0), (Keys{1, 2, 0, 4})) << "the others stay where they are";
  EXPECT_EQ(victim(array, 100), 2);
}

TEST(SetAssociativeTreePlru, ClearForgetsTheTree) {
  Array array = filled(4, Replacement::kTreePlru);
  ASSERT_NE(array.find(0, 1), nullptr);
  array.clear();
  EXPECT_EQ(victims(array, 5, 100), (std::vector<int>{0, 1, 2, 3, 0}));
}

// ---- Random

TEST(SetAssociativeRandom, FillsEmptyWaysFirst) {
  Array array = filled(20, Replacement::kRandom);
  for (uint64_t key = 1; key <= 20; ++key) EXPECT_NE(array.peek(0, key), nullptr);
}

TEST(SetAssociativeRandom, FollowsFromTheSeedAlone) {
  Array a = filled(8, Replacement::kRandom, 7);
  Array b = filled(8, Replacement::kRandom, 7);
  EXPECT_EQ(victims(a, 1000, 100), victims(b, 1000, 100));
}

TEST(SetAssociativeRandom, DiffersFromSeedToSeed) {
  std::set<std::vector<int>> sequences;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Array array = filled(8, Replacement::kRandom, seed);
    sequences.insert(victims(array, 40, 100));
  }
  EXPECT_EQ(sequences.size(), 200U);
}

TEST(SetAssociativeRandom, HitsDoNotMatter) {
  Array touched = filled(8, Replacement::kRandom, 3);
  Array left = filled(8, Replacement::kRandom, 3);
  ASSERT_NE(touched.find(0, 5), nullptr);
  EXPECT_EQ(keys(touched, 0), keys(left, 0));
  EXPECT_EQ(victims(touched, 50, 100), victims(left, 50, 100));
}

// Each way's count is binomial: 6 standard deviations, for 20 ways and a fixed seed.
TEST(SetAssociativeRandom, IsUniformOverTheWays) {
  constexpr int kDraws = 100000;
  constexpr int kWays = 20;
  Array array = filled(kWays, Replacement::kRandom);
  std::vector<int> count(kWays, 0);
  for (int i = 0; i < kDraws; ++i)
    ++count[static_cast<size_t>(victim(array, 100 + static_cast<uint64_t>(i)))];
  const double mean = double{kDraws} / kWays;
  const double deviation = std::sqrt(mean * (1 - 1.0 / kWays));
  for (const int n : count) EXPECT_NEAR(n, mean, 6 * deviation);
}

// ---- The usual shape

TEST(SetAssociative, IsUsualWithFourWaysAPowerOfTwoOfSetsAndTrueLru) {
  EXPECT_TRUE(Array(64, 4, Replacement::kLru).is_usual());
  EXPECT_TRUE(Array(4, 4, Replacement::kLru).is_usual());
  EXPECT_FALSE(Array(1536, 4, Replacement::kLru).is_usual());  // 384 sets
  EXPECT_FALSE(Array(64, 8, Replacement::kLru).is_usual());
  EXPECT_FALSE(Array(64, 2, Replacement::kLru).is_usual());
  EXPECT_FALSE(Array(64, 4, Replacement::kTreePlru).is_usual());
  EXPECT_FALSE(Array(64, 4, Replacement::kRandom).is_usual());
}

RC_GTEST_PROP(SetAssociative, TheCodeForTheUsualShapeDoesTheSame, ()) {
  const auto sets = *rc::gen::element(1U, 2U, 8U);
  Array usual(4 * sets, 4, Replacement::kLru);
  Array any(4 * sets, 4, Replacement::kLru);
  RC_ASSERT(usual.is_usual());
  for (int step = 0; step < 200; ++step) {
    const auto key = *rc::gen::inRange<uint64_t>(1, 9 * sets);
    if (*rc::gen::arbitrary<bool>()) {
      const Array::Entry* const one = usual.find<true>(key, key);
      const Array::Entry* const other = any.find(key, key);
      RC_ASSERT((one == nullptr) == (other == nullptr));
      if (one != nullptr) RC_ASSERT(one->number == other->number);
    } else if (any.peek(key, key) == nullptr && *rc::gen::arbitrary<bool>()) {
      usual.insert_absent<true>(usual.set<true>(key), key, {step});
      any.insert_absent(any.set(key), key, {step});
    } else {
      usual.insert<true>(key, key, {step});
      any.insert(key, key, {step});
    }
    for (uint64_t index = 0; index < sets; ++index)
      RC_ASSERT(keys(usual, index) == keys(any, index));
  }
}

}  // namespace
}  // namespace nestwalk
