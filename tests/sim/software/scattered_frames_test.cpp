// SPDX-License-Identifier: Apache-2.0
#include "sim/software/scattered_frames.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/config/load.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPage = bytes(PageSize::k4K);
constexpr uint64_t kGib = bytes(PageSize::k1G);

TEST(ScatteredFrames, GivesEachPageAFrameOfItsOwn) {
  ScatteredFrames frames(4, 1);
  std::set<uint64_t> offsets;
  for (uint64_t page = 0; page < kGib / kPage; ++page) {
    const uint64_t offset = frames.offset(GuestVirtual(5 * kGib + page * kPage + 0x123));
    EXPECT_LT(offset, kGib);
    EXPECT_EQ(offset % kPage, 0x123u);
    offsets.insert(offset);
  }
  EXPECT_EQ(offsets.size(), kGib / kPage);
}

TEST(ScatteredFrames, DealsOutSuccessiveColorsByFirstTouch) {
  ScatteredFrames frames(8, 1);
  for (uint64_t touch = 0; touch < 100; ++touch) {
    const GuestVirtual page((touch * 4 % 101) * kPage);  // in no order
    const uint64_t frame = frames.offset(page) / kPage;
    EXPECT_EQ(frame % 8, touch % 8);
    EXPECT_EQ(frames.offset(page) / kPage, frame);  // and stays
  }
}

TEST(ScatteredFrames, ScatterByTheSeed) {
  ScatteredFrames one(1, 1);
  ScatteredFrames same(1, 1);
  ScatteredFrames other(1, 2);
  size_t moved = 0;
  size_t different = 0;
  for (uint64_t page = 0; page < 1000; ++page) {
    const GuestVirtual address(page * kPage);
    const uint64_t offset = one.offset(address);
    EXPECT_EQ(same.offset(address), offset);
    moved += offset != page * kPage ? 1 : 0;
    different += other.offset(address) != offset ? 1 : 0;
  }
  EXPECT_GT(moved, 990u);
  EXPECT_GT(different, 990u);
}

TEST(ScatteredFrames, AreRefusedWhereTheyCannotBe) {
  ConfigRequest request;
  request.sets = {"software.scattered_frames=true"};
  EXPECT_NO_THROW(load_config(request));
  request.sets = {"software.scattered_frames=true", "pages=2M"};
  EXPECT_THROW(load_config(request), InputError);
  request.sets = {"software.scattered_frames=true", "mode=guest-direct"};
  EXPECT_THROW(load_config(request), InputError);
  request.sets = {"software.page_colors=3"};
  EXPECT_THROW(load_config(request), InputError);
}

}  // namespace
}  // namespace nestwalk
