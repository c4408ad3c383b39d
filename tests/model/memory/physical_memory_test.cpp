// SPDX-License-Identifier: Apache-2.0
#include "model/memory/physical_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace nestwalk {
namespace {

static_assert(!std::is_copy_constructible_v<PhysicalMemory>);
static_assert(!std::is_copy_assignable_v<PhysicalMemory>);

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kTiB = uint64_t{1} << 40;

/// Bytes of real memory that this process occupies.
uint64_t resident() {
  uint64_t total = 0;
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> total >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(PhysicalMemory, ReadsWhatWasWritten) {
  PhysicalMemory memory(kMiB);
  EXPECT_EQ(memory.size(), kMiB);
  memory.write(HostPhysical(0x1000), 0x0123'4567'89ab'cdef);
  memory.write(HostPhysical(kMiB - 8), 7);
  EXPECT_EQ(memory.read(HostPhysical(0x1000)), 0x0123'4567'89ab'cdefU);
  EXPECT_EQ(memory.read(HostPhysical(kMiB - 8)), 7U);
  EXPECT_EQ(memory.read(HostPhysical(0x1008)), 0U) << "never written";
}

TEST(PhysicalMemory, IsLittleEndian) {
  PhysicalMemory memory(kMiB);
  memory.write(HostPhysical(0x1000), 0x0123'4567'89ab'cdef);
  EXPECT_EQ(*memory.data(HostPhysical(0x1000)), 0xef);
  EXPECT_EQ(*memory.data(HostPhysical(0x1007)), 0x01);
  *memory.data(HostPhysical(0x1001)) = 0x55;
  EXPECT_EQ(memory.read(HostPhysical(0x1000)), 0x0123'4567'89ab'55efU);
}

TEST(PhysicalMemory, ContainsItsBytesAlone) {
  const PhysicalMemory memory(kMiB);
  EXPECT_TRUE(memory.contains(HostPhysical(0), kMiB));
  EXPECT_FALSE(memory.contains(HostPhysical(0), kMiB + 1));
  EXPECT_TRUE(memory.contains(HostPhysical(kMiB - 1), 1));
  EXPECT_FALSE(memory.contains(HostPhysical(kMiB - 1), 2));
  EXPECT_FALSE(memory.contains(HostPhysical(kMiB), 1));
  EXPECT_FALSE(memory.contains(HostPhysical(8), ~uint64_t{0})) << "no wrap-around";
  EXPECT_FALSE(memory.contains(HostPhysical(~uint64_t{0}), 8));
}

TEST(PhysicalMemory, BeyondItsEndReadsZeroAndLosesWrites) {
  PhysicalMemory memory(kMiB);
  for (const uint64_t address : {kMiB, kMiB + 8, kMiB - 4, kTiB, ~uint64_t{7}}) {
    memory.write(HostPhysical(address), ~uint64_t{0});
    EXPECT_EQ(memory.read(HostPhysical(address)), 0U) << address;
  }
  EXPECT_EQ(memory.read(HostPhysical(kMiB - 8)), 0U) << "nor does a write half beyond";
}

// A page every 16 GiB of 16 TiB: 1024 pages are 4 MiB.
TEST(PhysicalMemory, CostsThePagesTouched) {
  const uint64_t before = resident();
  PhysicalMemory memory(16 * kTiB);
  for (uint64_t address = 0; address < 16 * kTiB; address += 16 * kGiB)
    memory.write(HostPhysical(address + 0x10), address + 1);
  const uint64_t cost = resident() - before;
  EXPECT_GE(cost, 4 * kMiB);
  EXPECT_LT(cost, 16 * kMiB);
  for (uint64_t address = 0; address < 16 * kTiB; address += 16 * kGiB) {
    ASSERT_EQ(memory.read(HostPhysical(address + 0x10)), address + 1);
    ASSERT_EQ(memory.read(HostPhysical(address + 8 * kGiB)), 0U);
  }
}

TEST(PhysicalMemory, GivesItsPagesBack) {
  const uint64_t before = resident();
  {
    PhysicalMemory memory(kGiB);
    for (uint64_t address = 0; address < 64 * kMiB; address += 4096)
      memory.write(HostPhysical(address), 1);
    EXPECT_GE(resident() - before, 60 * kMiB);
  }
  EXPECT_LT(resident(), before + 16 * kMiB);
}

TEST(PhysicalMemory, ReachesItsGreatestSize) {
  PhysicalMemory memory(uint64_t{1} << 46);
  const HostPhysical last((uint64_t{1} << 46) - 8);
  memory.write(last, 5);
  EXPECT_EQ(memory.read(last), 5U);
}

TEST(PhysicalMemory, DensePartsKeepTheirContent) {
  PhysicalMemory memory(kGiB);
  memory.write(HostPhysical(0x20'1000), 5);
  memory.expect_dense(HostPhysical(0x20'0000), 64 * kMiB);
  EXPECT_EQ(memory.read(HostPhysical(0x20'1000)), 5U);
  memory.write(HostPhysical(0x300'0000), 6);
  EXPECT_EQ(memory.read(HostPhysical(0x300'0000)), 6U);
  EXPECT_EQ(memory.read(HostPhysical(0x300'0008)), 0U);
}

TEST(PhysicalMemory, SaysWhatTheHostDoesNotLend) {
  try {
    PhysicalMemory memory(uint64_t{1} << 60);
    FAIL() << "no host lends an exbibyte";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("1152921504606846976 bytes"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace nestwalk
