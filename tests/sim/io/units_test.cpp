// SPDX-License-Identifier: Apache-2.0
#include "sim/io/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

TEST(Units, SizesTakeBinarySuffixesOrBytes) {
  EXPECT_EQ(parse_size("64GiB"), uint64_t{64} << 30);
  EXPECT_EQ(parse_size("4KiB"), 4096U);
  EXPECT_EQ(parse_size("3MiB"), 3U << 20);
  EXPECT_EQ(parse_size("1TiB"), uint64_t{1} << 40);
  EXPECT_EQ(parse_size("1000"), 1000U);
  EXPECT_EQ(parse_size("0"), 0U);
}

TEST(Units, WrongSizesAreRefused) {
  for (const char* text : {"", "KiB", "4K", "4GB", "-1", "1.5GiB", "4 KiB", "0x10",
                           "99999999999TiB", "18446744073709551616"})
    EXPECT_THROW(parse_size(text), InputError) << text;
}

RC_GTEST_PROP(Units, SizesReadBackAsWritten, (uint64_t bytes)) {
  RC_ASSERT(parse_size(format_size(bytes)) == bytes);
}

TEST(Units, SizesAreWrittenShort) {
  EXPECT_EQ(format_size(32768), "32KiB");
  EXPECT_EQ(format_size(uint64_t{64} << 30), "64GiB");
  EXPECT_EQ(format_size(1000), "1000");
  EXPECT_EQ(format_size(0), "0");
}

TEST(Units, AddressesAreHexadecimal) {
  EXPECT_EQ(parse_address("0x7f0000001000"), 0x7f0000001000U);
  EXPECT_EQ(parse_address("0xffffffffffffffff"), ~uint64_t{0});
  EXPECT_EQ(format_address(0xabc0), "0xabc0");
  for (const char* text : {"", "0x", "7f00", "12", "0xg", "0x10000000000000000", "-0x1"})
    EXPECT_THROW(parse_address(text), InputError) << text;
}

TEST(Units, RangesAreTwoAlignedAddressesInOrder) {
  const VirtualRange range = parse_range("[0x1000, 0xffffffffffff3000]");
  EXPECT_EQ(range.base.value(), 0x1000U);
  EXPECT_EQ(range.limit.value(), 0xffffffffffff3000U);
  EXPECT_EQ(parse_range("[0x1000,0x2000]").limit.value(), 0x2000U);
  for (const char* text : {"", "0x1000", "[0x1000]", "[0x2000, 0x1000]", "[0x1000, 0x1000]",
                           "[0x1001, 0x2000]", "[0x1000, 0x2800]", "[,]", "[0x1000, 0x2000"})
    EXPECT_THROW(parse_range(text), InputError) << text;
}

}  // namespace
}  // namespace nestwalk
