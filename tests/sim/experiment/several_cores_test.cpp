// SPDX-License-Identifier: Apache-2.0
// What a core runs is its own affair; segments and filters belong to what runs, wherever it runs;
// what is dropped is dropped in the TLBs of all cores. Every count is exact.
#include <gtest/gtest.h>

#include <array>

#include "sim/config/words.h"
#include "sim/experiment/closed_form_check.h"
#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

using Operation = ControlOperation;

constexpr uint64_t kKeepTlbs = uint64_t{1} << 63;
constexpr uint64_t kFirst = 0;
constexpr uint64_t kSecond = uint64_t{1} << 12 | 1;  ///< Address space 1 under PCID 1.

/// Two cores that load the same address in turn, far enough apart that in timing at, too, one has
/// its answer before the other begins.
class TwoCores {
 public:
  TwoCores& both_load() {
    add(0, {kRegion, 1, 0, 8, ReferenceKind::kLoad});
    add(kStep / 2, {kRegion, 1, 1, 8, ReferenceKind::kLoad});
    now_ += kStep;
    return *this;
  }
  TwoCores& event(Operation operation, uint64_t operand = 0, uint16_t core = 0) {
    add(0, {operand, 1, core, static_cast<uint8_t>(operation), ReferenceKind::kControl});
    now_ += kStep;
    return *this;
  }
  TwoCores& both(Operation operation, uint64_t operand) {
    return event(operation, operand, 0).event(operation, operand, 1);
  }

  const std::vector<Reference>& stream() const { return stream_; }

 private:
  static constexpr uint32_t kStep = 100000;  ///< Cycles; no walk takes so many.

  void add(uint32_t after, Reference reference) {
    uint32_t& done = done_[reference.thread];
    reference.instructions = now_ + after - done;
    done = now_ + after;
    stream_.push_back(reference);
  }

  std::vector<Reference> stream_;
  uint32_t now_ = 1;
  uint32_t done_[2] = {};  ///< Instructions of each core.
};

struct Counted {
  uint64_t hits[2];  ///< Of the L1 TLB, by core.
  uint64_t misses[2];
  uint64_t guest_faults;
  uint64_t nested_faults;
};

class SeveralCores : public testing::TestWithParam<Timing> {
 protected:
  static Counted run(Mode mode, const std::vector<Reference>& references) {
    Config config;
    config.mode = mode;
    config.timing = GetParam();
    config.core.count = 2;
    ListStream stream(references, range(kRegion, kGiB));
    Machine machine(config, stream, {});
    machine.run();
    const RunResult result = machine.result();
    Counted counted{{}, {}, result.walks.guest_faults, result.walks.nested_faults};
    for (size_t core = 0; core < 2; ++core) {
      counted.hits[core] = machine.mmu(core).l1_tlb.statistics.data.hits;
      counted.misses[core] = machine.mmu(core).l1_tlb.statistics.data.misses;
    }
    return counted;
  }

  static void expect(const Counted& counted, uint64_t hits, uint64_t misses) {
    expect(counted, {hits, hits}, {misses, misses});
  }
  static void expect(const Counted& counted, const std::array<uint64_t, 2>& hits,
                     const std::array<uint64_t, 2>& misses) {
    for (size_t core = 0; core < 2; ++core) {
      EXPECT_EQ(counted.hits[core], hits[core]) << "core " << core;
      EXPECT_EQ(counted.misses[core], misses[core]) << "core " << core;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Timings, SeveralCores,
                         testing::Values(Timing::kLoose, Timing::kApproximate),
                         [](const auto& timing) { return std::string(to_string(timing.param)); });

TEST_P(SeveralCores, RunProcessesOfTheirOwn) {
  TwoCores two;
  two.both_load();                                              // misses, a fault
  two.event(Operation::kCr3, kSecond | kKeepTlbs).both_load();  // core 0 misses, a fault; 1 hits
  two.event(Operation::kCr3, kFirst | kKeepTlbs).both_load();   // hits
  two.event(Operation::kCr3, kFirst).both_load();               // core 0 misses: PCID 0 was flushed
  two.event(Operation::kCr3, kSecond | kKeepTlbs).both_load();  // hits: PCID 1 was not
  two.event(Operation::kCr3, kSecond, 1).both_load();           // core 1 misses
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, {3, 4}, {3, 2});
  EXPECT_EQ(counted.guest_faults, 2);       // the process is the same on both
  EXPECT_EQ(counted.nested_faults, 2 * 5);  // a data page and four tables each
}

TEST_P(SeveralCores, RunVmsOfTheirOwn) {
  TwoCores two;
  two.both_load();                                // misses
  two.event(Operation::kVpid, 2).both_load();     // core 0 misses
  two.event(Operation::kVpid, 1).both_load();     // hits
  two.event(Operation::kInvvpidSingle, 2, 1);     // of what core 0 has too
  two.event(Operation::kVpid, 2).both_load();     // core 0 misses
  two.event(Operation::kInvpcidAllGlobal, 0, 1);  // of core 1's VM, not of the one on core 0
  two.both_load();                                // core 1 misses
  two.event(Operation::kVpid, 1).both_load();     // core 0 misses
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, {2, 4}, {4, 2});
  EXPECT_EQ(counted.guest_faults, 2);
  EXPECT_EQ(counted.nested_faults, 2 * 5);
}

/// A VM's processors stop and go on each by itself.
TEST_P(SeveralCores, ComeBackToWhatTheyRanInAVm) {
  TwoCores two;
  two.event(Operation::kCr3, kSecond | kKeepTlbs, 1).both_load();  // misses, of two processes
  two.both(Operation::kVpid, 2).both_load();                       // misses, of one process
  two.both(Operation::kVpid, 1).both_load();                       // hits
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, 1, 2);
  EXPECT_EQ(counted.guest_faults, 3);
}

TEST_P(SeveralCores, UseNestedMapsOfTheirOwn) {
  TwoCores two;
  two.both_load();                                        // misses
  two.event(Operation::kEptp, 1).both_load();             // core 0 misses
  two.event(Operation::kEptp, 0).both_load();             // hits
  two.event(Operation::kInveptSingle, 0, 1).both_load();  // misses
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, {1, 2}, {3, 2});
  EXPECT_EQ(counted.guest_faults, 1);
  EXPECT_EQ(counted.nested_faults, 2 * 5);  // the same pages in either map
}

TEST_P(SeveralCores, DropPagesAndSegmentsTogether) {
  TwoCores two;
  two.both_load();                                                // misses: segments complete
  two.event(Operation::kInvlpg, kRegion).both_load();             // misses
  two.event(Operation::kGuestSegmentLimit, kRegion).both_load();  // misses: paging, a fault
  two.both_load();                                                // hits
  const Counted counted = run(Mode::kDualDirect, two.stream());
  expect(counted, 1, 3);
  EXPECT_EQ(counted.guest_faults, 1);
  EXPECT_EQ(counted.nested_faults, 0);
}

/// Core 1 has the first process's page under PCID 5, and runs the second one under core 0's PCID.
TEST_P(SeveralCores, APageGoesUnderEveryPcidOfItsProcess) {
  const uint64_t fifth = kFirst | 5 | kKeepTlbs;
  TwoCores two;
  two.event(Operation::kCr3, fifth, 1).both_load();  // misses
  two.event(Operation::kCr3, (kSecond & ~uint64_t{0xfff}) | kKeepTlbs, 1);
  two.event(Operation::kInvlpg, kRegion);
  two.event(Operation::kCr3, fifth, 1).both_load();  // misses
  expect(run(Mode::kBaseVirtualized, two.stream()), 0, 2);
}

/// The same where core 1 runs that process, too.
TEST_P(SeveralCores, APageGoesUnderThePcidsThatItsProcessDoesNotRunUnder) {
  const uint64_t fifth = kFirst | 5 | kKeepTlbs;
  TwoCores two;
  two.event(Operation::kCr3, fifth, 1).both_load();  // misses
  two.event(Operation::kCr3, kFirst | kKeepTlbs, 1);
  two.event(Operation::kInvlpg, kRegion);
  two.event(Operation::kCr3, fifth, 1).both_load();  // misses
  expect(run(Mode::kBaseVirtualized, two.stream()), 0, 2);
}

/// The segment is the first process's; core 1 runs another one when it is written.
TEST_P(SeveralCores, ASegmentIsTheProcesssWhereverItRuns) {
  TwoCores two;
  two.both_load();                                                 // misses: segments complete
  two.event(Operation::kCr3, kSecond | kKeepTlbs, 1).both_load();  // core 0 hits; 1: segments
  two.event(Operation::kGuestSegmentLimit, kRegion).both_load();   // core 0 pages; 1 misses
  two.event(Operation::kCr3, kFirst | kKeepTlbs, 1).both_load();   // core 0 hits; 1 pages
  const Counted counted = run(Mode::kDualDirect, two.stream());
  expect(counted, {2, 0}, {2, 4});
  EXPECT_EQ(counted.guest_faults, 1);
}

/// Core 1 does nothing but one load: its walk is a share of its own time, not of core 0's.
TEST_P(SeveralCores, OverheadIsOfTheCyclesOfAllCores) {
  Config config;
  config.mode = Mode::kBaseVirtualized;
  config.timing = GetParam();
  config.core.count = 2;
  config.memory.data_path = false;
  ListStream stream({{kRegion, 5000, 0, 8, ReferenceKind::kLoad},
                     {kRegion + 4096, 10000, 1, 8, ReferenceKind::kLoad}},
                    range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  const RunResult result = machine.result();
  const uint64_t ideal = 5000 + 10000;
  EXPECT_EQ(result.core_cycles, ideal + result.stall_cycles);
  EXPECT_LT(result.cycles, result.core_cycles);
  EXPECT_DOUBLE_EQ(result.overhead().value(),
                   static_cast<double>(result.walks.cycles) /
                       static_cast<double>(result.core_cycles - result.walks.cycles));
}

/// Core 1's walk is under way when core 0 has the page invalidated.
TEST(SeveralCoresAt, ARequestInFlightLeavesNothingThatWasInvalidatedMeanwhile) {
  const auto load = [](uint32_t instructions) {
    return Reference{kRegion, instructions, 1, 8, ReferenceKind::kLoad};
  };
  Config config;
  config.mode = Mode::kBaseVirtualized;
  config.timing = Timing::kApproximate;
  config.core.count = 2;
  ListStream stream(
      {load(1),
       {kRegion, 100, 0, static_cast<uint8_t>(Operation::kInvlpg), ReferenceKind::kControl},
       load(100000),
       load(100000)},
      range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  const RunResult result = machine.result();
  EXPECT_EQ(result.l1_tlb.misses, 2);
  EXPECT_EQ(result.l1_tlb.hits, 1);
  EXPECT_EQ(result.walks.walks, 2);
  EXPECT_EQ(result.walks.guest_faults, 1);
}

Reference event(Operation operation, uint64_t operand, uint32_t instructions, uint16_t core) {
  return {operand, instructions, core, static_cast<uint8_t>(operation), ReferenceKind::kControl};
}

/// Data references that a run counts in timing at.
uint64_t counted(const std::vector<Reference>& references, uint32_t cores, uint32_t outstanding,
                 uint64_t asked) {
  Config config;
  config.mode = Mode::kBaseVirtualized;
  config.timing = Timing::kApproximate;
  config.core.count = cores;
  config.core.outstanding = outstanding;
  config.references = asked;
  ListStream stream(references, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  return machine.result().references;
}

/// With one reference outstanding instructions pass after its answer: core 1 comes to the page
/// before core 0, which has walked 400 cycles more, and sets A there.
TEST(SeveralCoresAt, EachIsAtItsReferencesByItsOwnTime) {
  Config natively;
  natively.core.count = 2;
  Config config = closed_form_config(natively);
  config.timing = Timing::kApproximate;
  config.memory.data_path = false;
  config.mmu.latency.ad_update = 10;
  const uint64_t second = kRegion + 4096;
  ListStream stream({{kRegion, 1, 0, 8, ReferenceKind::kLoad},
                     {second, 1000, 0, 8, ReferenceKind::kLoad},
                     {second, 1200, 1, 8, ReferenceKind::kLoad}},
                    range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  constexpr uint64_t kWalk = 4 * 100;
  EXPECT_EQ(machine.mmu(0).walker.statistics.cycles, 2 * kWalk + 4 * 10);
  EXPECT_EQ(machine.mmu(1).walker.statistics.cycles, kWalk + 10);
}

/// Core 0 waits for core 1, whose part is long, when the run ends.
TEST(SeveralCoresAt, TheRunEndsThoughOneCoreWaitsForAnother) {
  std::vector<Reference> references{{kRegion, 1, 0, 8, ReferenceKind::kLoad}};
  for (uint64_t i = 0; i < 20000; ++i)
    references.push_back({kRegion + 4096 * (i % 64), 1, 1, 8, ReferenceKind::kLoad});
  references.push_back({kRegion, 1, 0, 8, ReferenceKind::kLoad});
  EXPECT_EQ(counted(references, 2, 1, 5000), 5000);
}

TEST(SeveralCoresAt, CountAsManyReferencesAsAskedFor) {
  std::vector<Reference> references;
  for (uint64_t i = 0; i < 8000; ++i)
    references.push_back({kRegion + 4096 * (i * 7919 % 3000), 1, static_cast<uint16_t>(i % 4), 8,
                          ReferenceKind::kLoad});
  EXPECT_EQ(counted(references, 4, 3, 1001), 1001);
}

/// Instructions are counted where the reference is that they lead to, whenever the other core's
/// references begin or end the region of interest.
TEST(SeveralCoresAt, InstructionsAreOfTheReferencesThatAreCounted) {
  constexpr uint64_t kOfACore = 100;
  std::vector<Reference> references;
  for (uint32_t i = 0; i < 2 * kOfACore; ++i)
    references.push_back(
        {kRegion + 4096 * (i % 7), 100 + i, static_cast<uint16_t>(i % 2), 8, ReferenceKind::kLoad});
  for (const uint32_t outstanding : {1U, 3U})
    for (const bool from_the_start : {true, false}) {
      Config config;
      config.timing = Timing::kApproximate;
      config.core.count = 2;
      config.core.outstanding = outstanding;
      if (from_the_start)
        config.references = 101;
      else
        config.warmup = 21;
      ListStream stream(references, range(kRegion, kGiB));
      Machine machine(config, stream, {});
      machine.run();
      const RunResult result = machine.result();
      uint64_t counted = 0;
      for (uint64_t core = 0; core < 2; ++core) {
        const uint64_t made = result.cores[core].references;
        counted += made;
        const uint64_t first = from_the_start ? 0 : kOfACore - made;
        uint64_t expected = 0;
        for (uint64_t i = first; i < first + made; ++i) expected += 100 + 2 * i + core;
        EXPECT_EQ(result.cores[core].instructions, expected)
            << "core " << core << ", " << outstanding << " outstanding, " << made << " references";
      }
      EXPECT_EQ(counted, from_the_start ? 101 : 2 * kOfACore - 21);
    }
}

/// Core 1 has the very pages escape that core 0 walks for, which were served in the segment.
TEST(SeveralCoresAt, AWalkInFlightKeepsTheFilterThatItBeganWith) {
  constexpr uint64_t kFirstDataPage = kGiB >> 12;  // of guest memory, behind 1 GiB of tables
  constexpr uint64_t kPages = 3000;
  std::vector<Reference> references;
  for (uint64_t i = 0; i < kPages; ++i) {
    references.push_back({kRegion + 4096 * i, 10, 0, 8, ReferenceKind::kLoad});
    references.push_back(event(Operation::kVmmFilterInsert, kFirstDataPage + i, 100, 1));
    if (i % 8 == 7) references.push_back(event(Operation::kVmmFilterClear, 0, 0, 1));
  }
  Config config;
  config.mode = Mode::kVmmDirect;
  config.timing = Timing::kApproximate;
  config.core.count = 2;
  ListStream stream(references, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();  // throws where a served address faults
  EXPECT_EQ(machine.result().references, kPages);
  EXPECT_EQ(machine.result().walks.walks, kPages);
}

/// A segment write reaches what the process left under another PCID.
TEST(SeveralCoresLt, ASegmentWriteDropsEveryPcidOfTheProcess) {
  Config config;
  config.mode = Mode::kDualDirect;
  const Reference load{kRegion, 1, 0, 8, ReferenceKind::kLoad};
  ListStream stream({load, event(Operation::kCr3, 1 | kKeepTlbs, 0, 0), load,
                     event(Operation::kGuestSegmentLimit, kRegion, 0, 0),
                     event(Operation::kCr3, kKeepTlbs, 0, 0), load},
                    range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  EXPECT_EQ(machine.result().l1_tlb.misses, 3);
  EXPECT_EQ(machine.result().walks.walks, 1);
}

}  // namespace
}  // namespace nestwalk::test
