// SPDX-License-Identifier: Apache-2.0
// The two that sweep grids: cactusadm and gemsfdtd.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/stream/workload/grid.h"
#include "tests/sim/stream/streams.h"

namespace nestwalk {
namespace {

using test::drain;

constexpr uint64_t kInner = 4 * 4 * 4;  ///< Points within a grid of side 6.
/// 7 stencils of 19 points, 6 curvatures; then past and next of 12 components.
constexpr uint64_t kOfAPoint = 7 * 19 + 6 + 2 * 12;

std::vector<Reference> cactus_steps(uint64_t steps) {
  return drain(*open_workload(
      "cactusadm:side=6,references=" + std::to_string(steps * kInner * kOfAPoint), 1));
}

TEST(CactusAdm, WritesEachInnerPointOfEachComponentOnceAStep) {
  const auto references = cactus_steps(1);
  std::multiset<uint64_t> stores;
  for (const Reference& reference : references) {
    if (reference.kind == ReferenceKind::kStore) stores.insert(reference.address);
  }
  EXPECT_EQ(stores.size(), 12 * kInner);
  EXPECT_EQ(std::set<uint64_t>(stores.begin(), stores.end()).size(), 12 * kInner);
}

TEST(CactusAdm, ReadsTheNeighboursOfThePoint) {
  const auto references = cactus_steps(1);
  const Grid grid{6};
  const uint64_t centre = references[0].address;  // of the first stencil, at (1, 1, 1)
  const uint64_t base = centre - 8 * grid(1, 1, 1);
  std::set<uint64_t> expected;
  for (uint64_t x = 0; x < 3; ++x) {
    for (uint64_t y = 0; y < 3; ++y) {
      for (uint64_t z = 0; z < 3; ++z) {
        if ((x != 1) + (y != 1) + (z != 1) <= 2) expected.insert(base + 8 * grid(x, y, z));
      }
    }
  }
  ASSERT_EQ(expected.size(), 19u);
  std::set<uint64_t> read;
  for (size_t i = 0; i < 19; ++i) read.insert(references[i].address);
  EXPECT_EQ(read, expected);
}

TEST(CactusAdm, TimeLevelsTakeTurns) {
  const auto references = cactus_steps(4);
  const uint64_t step = kInner * kOfAPoint;
  // What a step writes, the next one reads around; after three steps all is as it was.
  std::set<uint64_t> written;
  for (uint64_t i = 0; i < step; ++i) {
    if (references[i].kind == ReferenceKind::kStore) written.insert(references[i].address);
  }
  EXPECT_EQ(written.count(references[step].address), 1u);
  for (uint64_t i = 0; i < step; ++i)
    ASSERT_EQ(references[i].address, references[3 * step + i].address);
  EXPECT_NE(references[0].address, references[step].address);
}

TEST(GemsFdtd, UpdatesEachCellOfEachFieldOnceAHalfStep) {
  // The first half step's main loop: 31^3 cells, three components of 5 loads and a store.
  constexpr uint64_t kCells = 31 * 31 * 31;
  const auto references =
      drain(*open_workload("gemsfdtd:side=32,references=" + std::to_string(kCells * 18), 1));
  std::set<uint64_t> stores;
  for (size_t i = 0; i < references.size(); ++i) {
    ASSERT_EQ(references[i].kind == ReferenceKind::kStore, i % 6 == 5);
    if (i % 6 != 5) continue;
    EXPECT_EQ(references[i].address, references[i - 1].address);
    EXPECT_TRUE(stores.insert(references[i].address).second);
  }
  EXPECT_EQ(stores.size(), 3 * kCells);
}

TEST(GemsFdtd, TakesTheCurlOfTheOtherField) {
  const auto references = drain(*open_workload("gemsfdtd:side=32,references=18", 1));
  const uint64_t field = Grid{32}.points() * 8;  // the arrays follow each other: E, then H
  const uint64_t line = 8 * 32;
  const uint64_t plane = line * 32;
  const uint64_t e[3] = {kWorkloadBase, kWorkloadBase + field, kWorkloadBase + 2 * field};
  const uint64_t h0 = kWorkloadBase + 3 * field;
  // Hx: Ey along z, Ez along y.
  const uint64_t expected[] = {e[1], e[1] + plane, e[2], e[2] + line, h0, h0};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(references[i].address, expected[i]) << i;
  // Hy: Ez along x, Ex along z.
  EXPECT_EQ(references[7].address, e[2] + 8);
  EXPECT_EQ(references[9].address, e[0] + plane);
}

TEST(GemsFdtd, AbsorbsAtAllSixFacesAndTransformsOnABox) {
  constexpr uint64_t kMain = 31 * 31 * 31 * 18;
  constexpr uint64_t kLayers = 6 * 10 * 32 * 32 * 12;
  constexpr uint64_t kBox =
      6 * 8 * 8 * 4 * 7;  // cells 12 to 19; field and 3 sums, loaded and stored
  const auto stream = open_workload(
      "gemsfdtd:side=32,references=" + std::to_string(2 * (kMain + kLayers) + kBox + 1), 1);
  const auto references = drain(*stream);
  const size_t box = 2 * (kMain + kLayers);
  EXPECT_EQ(references[box].size, 8);
  EXPECT_EQ(references[box + 1].size, 16);
  EXPECT_EQ(references[box + kBox - 1].size, 16);
  EXPECT_EQ(references[box + kBox].address, references[0].address);  // the next step
}

}  // namespace
}  // namespace nestwalk
