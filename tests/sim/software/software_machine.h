// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "model/memory/physical_memory.h"
#include "model/walker/plain_walk.h"
#include "sim/software/fixed_software.h"

namespace nestwalk::test {

inline constexpr uint64_t kGiB = uint64_t{1} << 30;
inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr Access kStore{AccessKind::kWrite, true};

/// Where the layout of doc/software.md puts things.
inline constexpr uint64_t kGuestTables = 2 * kGiB;  ///< In host memory.
inline constexpr uint64_t kGuestData = 3 * kGiB;

inline VirtualRange range(uint64_t base, uint64_t size) {
  return {GuestVirtual(base), GuestVirtual(base + size)};
}

/// 4K pages that so many bytes have.
inline constexpr uint64_t pages_of(uint64_t bytes) {
  return bytes >> 12;
}

inline std::vector<Pages> all_pages(Mode mode) {
  std::vector<Pages> all;
  for (const GuestPages guest :
       {GuestPages::k4K, GuestPages::k2M, GuestPages::k1G, GuestPages::kThp}) {
    if (!is_virtualized(mode)) all.push_back({guest, std::nullopt});
    for (const PageSize nested : {PageSize::k4K, PageSize::k2M, PageSize::k1G})
      if (is_virtualized(mode)) all.push_back({guest, nested});
  }
  return all;
}

/// A process that uses one region.
inline SoftwareSetup config_of(Mode mode, const Pages& pages, const VirtualRange& region) {
  SoftwareSetup config;
  config.mode = mode;
  config.paging.pages = pages;
  config.primary_region = region;
  config.ranges = {region};
  return config;
}

/// The software side and the memory it writes; what a processor does with them, without a machine.
struct SoftwareMachine {
  explicit SoftwareMachine(const SoftwareSetup& config)
      : memory(fixed_memory_size(config.paging)), software(config, memory) {}

  void touch(GuestVirtual address) {
    if (!software.is_mapped(address, true)) software.serve(address, kStore);
    EXPECT_TRUE(software.is_mapped(address, true));
    EXPECT_TRUE(software.is_mapped(address, false));
  }

  PageWalk walk(GuestVirtual address, Access access = kStore) const {
    return walk_plain(software.context(), address, access,
                      [this](HostPhysical entry) { return memory.read(entry); });
  }

  /// Touches it and translates it; a fault fails the test and gives 0.
  HostPhysical translate(GuestVirtual address) {
    touch(address);
    const PageWalk done = walk(address);
    EXPECT_FALSE(done.fault()) << std::hex << address.value();
    return done.fault() ? HostPhysical() : done.translation().address;
  }

  PhysicalMemory memory;
  FixedSoftware software;
};

/// `count` addresses of the range at random.
inline std::vector<GuestVirtual> random_addresses(const VirtualRange& in, size_t count,
                                                  uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<GuestVirtual> addresses;
  for (size_t i = 0; i < count; ++i) addresses.push_back(in.base + random() % (in.limit - in.base));
  return addresses;
}

}  // namespace nestwalk::test
