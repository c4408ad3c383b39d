// SPDX-License-Identifier: Apache-2.0
#include "sim/software/software_setup.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"
#include "tests/sim/software/software_machine.h"

namespace nestwalk::test {
namespace {

class FakeStream : public Stream {
 public:
  size_t read(Reference*, size_t) override { return 0; }
  std::vector<VirtualRange> ranges() const override { return declared; }
  std::optional<VirtualRange> primary_region() const override { return primary; }

  std::vector<VirtualRange> declared;
  std::optional<VirtualRange> primary;
};

TEST(SoftwareSetup, TheConfiguredRegionGoesBeforeTheStreams) {
  FakeStream stream;
  stream.primary = range(0x1000, 0x1000);
  Config config;
  EXPECT_EQ(software_setup(config, stream).primary_region->base, GuestVirtual(0x1000));
  config.software.primary_region = range(0x5000, 0x1000);
  EXPECT_EQ(software_setup(config, stream).primary_region->base, GuestVirtual(0x5000));
}

TEST(SoftwareSetup, ARegionIsNeededWhereTheModeHasAGuestSegment) {
  const FakeStream stream;
  for (const Mode mode : kModes) {
    Config config;
    config.mode = mode;
    if (has_guest_segment(mode))
      EXPECT_THROW(software_setup(config, stream), InputError);
    else
      EXPECT_FALSE(software_setup(config, stream).primary_region);
  }
}

TEST(SoftwareSetup, RangesBecomeWholePagesAndGrowTogether) {
  FakeStream stream;
  stream.declared = {range(0x1010, 8), range(0x1ff0, 0x20), range(0x5000, 0x800), range(0x5900, 1),
                     range(0x9000, 0x1000)};
  const auto ranges = software_setup({}, stream).ranges;
  ASSERT_EQ(ranges.size(), 3);
  EXPECT_EQ(ranges[0].base, GuestVirtual(0x1000));
  EXPECT_EQ(ranges[0].limit, GuestVirtual(0x3000));
  EXPECT_EQ(ranges[1].limit, GuestVirtual(0x6000));
  EXPECT_EQ(ranges[2].base, GuestVirtual(0x9000));
}

TEST(SoftwareSetup, RangesThatCannotBeAreRefused) {
  const FakeStream stream;
  Config config;
  config.software.primary_region = range(0x5000, 0);
  EXPECT_THROW(software_setup(config, stream), InputError);
  config.software.primary_region = range(0x7fff'ffff'f000, 0x2000);
  EXPECT_THROW(software_setup(config, stream), InputError);
  config.software.primary_region = range(0x7fff'ffff'f000, 0xffff'0000'0000'2000);
  EXPECT_THROW(software_setup(config, stream), InputError);
  config.software.primary_region = range(0x7fff'ffff'f000, 0x1000);
  EXPECT_NO_THROW(software_setup(config, stream));
}

TEST(FixedSoftware, MemoryFollowsThePhysicalWidth) {
  PagingConfig paging;
  EXPECT_EQ(fixed_memory_size(paging), uint64_t{1} << 43);
  paging.maxphyaddr = 36;
  EXPECT_EQ(fixed_memory_size(paging), uint64_t{1} << 36);
}

TEST(FixedSoftware, RunsFromAConfigurationAndAStream) {
  FakeStream stream;
  stream.primary = range(0x1000'0000'0000, kGiB);
  stream.declared = {*stream.primary};
  Config config;
  config.mode = Mode::kDualDirect;
  config.software.bad_pages = 3;
  PhysicalMemory memory(fixed_memory_size(config.paging));
  const auto software = make_fixed_software(config, stream, {}, memory);
  EXPECT_EQ(software->context().guest_segment.limit(), stream.primary->limit);
  EXPECT_EQ(software->context().vmm_filter->inserted().size(), 3);
}

}  // namespace
}  // namespace nestwalk::test
