// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "sim/config/words.h"
#include "tests/sim/software/software_machine.h"

namespace nestwalk::test {
namespace {

const VirtualRange kRegion = range(0x1000'0000'0000, 64 * kGiB);

PageSize guest_page(GuestPages pages) {
  return pages == GuestPages::kThp ? PageSize::k2M : static_cast<PageSize>(pages);
}

uint64_t distinct(const std::vector<GuestVirtual>& addresses, int bits) {
  std::set<uint64_t> numbers;
  for (const GuestVirtual address : addresses) numbers.insert(address.value() >> bits);
  return numbers.size();
}

// Tables of a radix tree of 4 levels with leaves of that size: one for each part that is touched.
uint64_t tables_for(const std::vector<GuestVirtual>& addresses, PageSize leaf) {
  uint64_t tables = 0;
  for (int level = static_cast<int>(leaf) + 1; level <= 4; ++level)
    tables += distinct(addresses, 12 + 9 * level);
  return tables;
}

uint64_t pages_of_frames(uint64_t frames, PageSize size) {
  // The first frame of the tables' memory stays free.
  return frames == 0 ? 0 : frames * bytes(PageSize::k4K) / bytes(size) + (size != PageSize::k4K);
}

FaultCounts expected_faults(Mode mode, const Pages& pages,
                            const std::vector<GuestVirtual>& touched) {
  FaultCounts faults;
  const PageSize guest = guest_page(pages.guest);
  uint64_t tables = 0;
  if (!has_guest_segment(mode)) {
    faults.guest = distinct(touched, shift(guest));
    tables = tables_for(touched, guest);
  }
  if (is_virtualized(mode) && !has_vmm_segment(mode))
    faults.nested =
        distinct(touched, shift(*pages.nested)) + pages_of_frames(tables, *pages.nested);
  return faults;
}

TEST(FixedFaults, OneForEachMappingThatIsMissing) {
  const std::vector<GuestVirtual> touched = random_addresses(kRegion, 3000);
  for (const Mode mode : kModes)
    for (const Pages& pages : all_pages(mode)) {
      SCOPED_TRACE(std::string(to_string(mode)) + " " + to_string(pages));
      SoftwareMachine machine(config_of(mode, pages, kRegion));
      for (const GuestVirtual address : touched) machine.touch(address);
      const FaultCounts expected = expected_faults(mode, pages, touched);
      EXPECT_EQ(machine.software.faults().guest, expected.guest);
      EXPECT_EQ(machine.software.faults().nested, expected.nested);
    }
}

TEST(FixedFaults, ServingWhatIsMappedCountsNothing) {
  SoftwareMachine machine(
      config_of(Mode::kBaseVirtualized, {GuestPages::k4K, PageSize::k4K}, kRegion));
  machine.touch(kRegion.base);
  const FaultCounts before = machine.software.faults();
  machine.software.forget_mapped();
  EXPECT_FALSE(machine.software.is_mapped(kRegion.base, false));
  machine.touch(kRegion.base);
  EXPECT_EQ(machine.software.faults().guest, before.guest);
  EXPECT_EQ(machine.software.faults().nested, before.nested);
}

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(FixedFaults, MemoryIsThePriceOfTheTablesThatAreTouched) {
  const std::vector<GuestVirtual> touched = random_addresses(kRegion, 100000);
  const uint64_t tables = tables_for(touched, PageSize::k4K);
  const uint64_t before = resident_bytes();
  SoftwareMachine machine(
      config_of(Mode::kBaseVirtualized, {GuestPages::k4K, PageSize::k4K}, kRegion));
  for (const GuestVirtual address : touched) machine.software.serve(address, kStore);
  // Both dimensions' tables, and 32 KiB of bits for each of the 64 GiB; rounding for large pages.
  EXPECT_LT(resident_bytes() - before, 2 * tables * 4096 + 64 * 36 * 1024 + 24 * kMiB);
}

}  // namespace
}  // namespace nestwalk::test
