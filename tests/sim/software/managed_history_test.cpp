// SPDX-License-Identifier: Apache-2.0
// The property of the machine with the software side active: whatever guest OS and VMM do between
// two references, every load finds what was last stored, at the address that the MMU gives.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "sim/io/input_error.h"
#include "tests/sim/software/managed_machine.h"
#include "tests/support/random.h"
#include "tests/support/random_mmu_config.h"

namespace nestwalk::test {
namespace {

struct Tally {
  std::map<Mode, uint64_t> modes;
  std::map<LimitedOperation, uint64_t> operations;
  uint64_t migrations = 0;
  uint64_t compactions = 0;
  uint64_t self_balloonings = 0;
  uint64_t full = 0;  ///< Histories that ended for want of guest memory.
};

FragmentationConfig draw_fragmentation(Random& random) {
  if (random.chance(40)) return {};
  return {0.1 + 0.01 * static_cast<double>(random.below(35)), 1 + random.below(60),
          random.chance(20) ? 0.02 : 0};
}

std::string draw_request(Random& random, uint64_t reference) {
  static const char* const kVerbs[] = {"balloon",    "deflate", "vmm-swap", "vmm-swap",
                                       "guest-swap", "grow",    "shrink"};
  const std::string at = std::to_string(reference) + " ";
  if (random.chance(20)) return at + (random.chance(50) ? "share" : "migrate");
  return at + kVerbs[random.below(std::size(kVerbs))] + " " +
         std::to_string(4 * (1 + random.below(40))) + "KiB";
}

ManagedSoftwareSetup draw_setup(Random& random, uint64_t references) {
  static constexpr Mode kVirtualized[] = {Mode::kBaseVirtualized, Mode::kDualDirect,
                                          Mode::kDualDirect, Mode::kVmmDirect, Mode::kGuestDirect};
  ManagedSoftwareSetup setup = managed_setup(kVirtualized[random.below(5)]);
  const std::vector<Pages> pages = all_pages(setup.mode);
  setup.paging.pages = pages[random.below(pages.size())];
  setup.paging.guest_levels = random.chance(70) ? 4 : 5;
  setup.paging.nested_levels = random.chance(70) ? 4 : 5;
  setup.paging.nested_format = random.chance(50) ? NestedFormat::kEpt : NestedFormat::kNpt;
  setup.paging.ept_accessed_dirty = random.chance(60);
  setup.primary_region =
      range(kManagedRegion + 4096 * random.below(600), 4096 * (300 + random.below(700)));
  setup.ranges = {range(kManagedRegion, 6 * kMiB), range(kManagedRegion + 64 * kMiB, 3 * kMiB)};
  if (random.chance(50)) setup.guest_filter = FilterConfig{};
  setup.bad_pages = random.chance(40) ? random.below(20) : 0;
  setup.seed = random.word();
  ManagedSoftwareConfig& managed = setup.managed;
  managed.guest_memory = 32 * kMiB;
  managed.host_memory = 128 * kMiB;
  managed.guest_fragmentation = draw_fragmentation(random);
  managed.host_fragmentation = draw_fragmentation(random);
  managed.interval = 10 + random.below(60);
  managed.compaction_slice = 1 + random.below(1500);
  managed.balloon_slice = 1 + random.below(500);
  managed.migration_slice = 1 + random.below(1500);
  managed.migration_few = random.below(50);
  managed.migration_rounds = 1 + random.below(5);
  managed.collapse_slice = random.chance(30) ? 1 : 0;
  managed.collapse_at = 1 + random.below(40);
  managed.most_escapes = random.below(30);
  for (LimitAction& limit : managed.limits) limit = static_cast<LimitAction>(random.below(3));
  auto& migration = managed.limits[static_cast<size_t>(LimitedOperation::kLiveMigration)];
  if (migration == LimitAction::kEscape) migration = LimitAction::kRefuse;
  for (uint64_t i = random.below(8); i > 0; --i)
    managed.schedule.push_back(draw_request(random, random.below(references)));
  return setup;
}

void control_at_random(Random& random, ManagedMachine& machine, GuestVirtual near) {
  switch (random.below(6)) {
    case 0:
    case 1: {  // a PCID belongs to one address space, which may have several
      const uint64_t name = random.below(2);
      const uint64_t pcid = name + 2 * random.below(2);
      return machine.control(ControlOperation::kCr3, pcid | name << 12 | uint64_t{1} << 63);
    }
    case 2:
      return machine.control(ControlOperation::kVpid, 1 + random.below(2));
    case 3:
      return machine.control(ControlOperation::kEptp, random.below(2));
    case 4:
      return machine.control(ControlOperation::kInvlpg, near.value());
    default:
      return machine.control(ControlOperation::kVmmFilterInsert, random.below(8192));
  }
}

std::string live_on(uint64_t seed, Tally& tally) {
  const SystemCContext systemc;
  Random random(seed);
  constexpr uint64_t kReferences = 900;
  const ManagedSoftwareSetup setup = draw_setup(random, kReferences);
  const bool switches = random.chance(40);
  ManagedMachine machine(setup, RandomMmuConfig(random).draw());
  std::vector<VirtualRange> liked = setup.ranges;
  liked.push_back(*setup.primary_region);
  std::vector<GuestVirtual> recent{kManagedRegion == 0 ? GuestVirtual() : setup.ranges[0].base};
  while (machine.references < kReferences && machine.failure.empty()) {
    if (random.chance(40)) {
      const VirtualRange& in = liked[random.below(liked.size())];
      recent.push_back(in.base + (random.below(in.limit - in.base) & ~uint64_t{7}));
    }
    GuestVirtual address = recent[random.below(recent.size())];
    if (address.page() % 3 == 0) address = address.align_down(PageSize::k4K);
    if (random.chance(50))
      machine.store(address);
    else
      machine.load(address);
    if (switches && random.chance(4)) control_at_random(random, machine, address);
    ++tally.modes[machine.mode()];
  }
  machine.check_all();
  for (size_t i = 0; i < kLimitedOperations; ++i) {
    const auto operation = static_cast<LimitedOperation>(i);
    tally.operations[operation] += machine.software.ledger().limited(operation).done;
  }
  const SoftwareReport report = *machine.software.report();
  for (const LiveMigrationReport& one : report.migrations) {
    ++tally.migrations;
    if (!one.identical) return "a migration ends with different memories\n" + machine.events();
  }
  tally.compactions += machine.has_event("compaction done");
  tally.self_balloonings += machine.has_event("self-ballooning done");
  return machine.failure.empty() ? "" : machine.failure + "\n" + machine.events();
}

/// A setup drawn too tight may run out of guest memory: then the software says so, and that is all.
std::string live(uint64_t seed, Tally& tally) {
  try {
    return live_on(seed, tally);
  } catch (const InputError& error) {
    if (std::string(error.what()).rfind("guest memory: is full", 0) != 0) throw;
    ++tally.full;
    return {};
  }
}

RC_GTEST_PROP(ManagedHistory, LoadsFindWhatWasStored, (uint64_t seed)) {
  Tally tally;
  RC_ASSERT(live(scrambled(seed), tally) == "");
}

TEST(ManagedHistory, HistoriesMeetEverything) {
  Tally tally;
  for (uint64_t seed = 0; seed < 100; ++seed) ASSERT_EQ(live(seed, tally), "") << seed;
  for (const Mode mode :
       {Mode::kBaseVirtualized, Mode::kVmmDirect, Mode::kGuestDirect, Mode::kDualDirect})
    EXPECT_GT(tally.modes[mode], 2000) << to_string(mode);
  for (size_t i = 0; i < kLimitedOperations; ++i)
    EXPECT_GT(tally.operations[static_cast<LimitedOperation>(i)], 5) << i;
  EXPECT_LT(tally.full, 3);
  EXPECT_GT(tally.migrations, 3);
  EXPECT_GT(tally.compactions, 3);
  EXPECT_GT(tally.self_balloonings, 3);
}

}  // namespace
}  // namespace nestwalk::test
