// SPDX-License-Identifier: Apache-2.0
#include "sim/config/pages.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

TEST(Pages, EveryWordReadsBack) {
  for (const char* guest : {"4K", "2M", "1G", "THP"}) {
    EXPECT_EQ(to_string(parse_pages(guest)), guest);
    for (const char* nested : {"+4K", "+2M", "+1G"})
      EXPECT_EQ(to_string(parse_pages(std::string(guest) + nested)), std::string(guest) + nested);
  }
}

TEST(Pages, OtherWordsAreRefused) {
  for (const char* text : {"", "4k", "8K", "4K+", "+4K", "4K+THP", "4K+4K+4K", "2M 2M"})
    EXPECT_THROW(parse_pages(text), InputError) << text;
}

TEST(Pages, NativeModesTakeTheGuestHalf) {
  EXPECT_EQ(to_string(parse_pages("2M+1G").in(Mode::kNative)), "2M");
  EXPECT_EQ(to_string(parse_pages("THP").in(Mode::kNativeDirect)), "THP");
}

TEST(Pages, VirtualizedModesNeedBothHalves) {
  EXPECT_EQ(to_string(parse_pages("2M+1G").in(Mode::kVmmDirect)), "2M+1G");
  for (const Mode mode :
       {Mode::kBaseVirtualized, Mode::kDualDirect, Mode::kVmmDirect, Mode::kGuestDirect})
    EXPECT_THROW(parse_pages("2M").in(mode), InputError);
}

}  // namespace
}  // namespace nestwalk
