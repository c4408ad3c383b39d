// SPDX-License-Identifier: Apache-2.0
// Cores share one set of registers: an event of the stream, whichever core it stands on, holds for
// all of them, and drops what it drops in the TLBs of all of them. Every count is exact.
#include <gtest/gtest.h>

#include "sim/config/words.h"
#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

using Operation = ControlOperation;

constexpr uint64_t kKeepTlbs = uint64_t{1} << 63;
constexpr uint64_t kFirst = 0;
constexpr uint64_t kSecond = uint64_t{1} << 12 | 1;  ///< Address space 1 under PCID 1.

/// Two cores that load the same address in turn, far enough apart that in timing at, too, one has
/// its answer before the other begins; events stand on core 0.
class TwoCores {
 public:
  TwoCores& both_load() {
    add(0, {kRegion, 1, 0, 8, ReferenceKind::kLoad});
    add(kStep / 2, {kRegion, 1, 1, 8, ReferenceKind::kLoad});
    now_ += kStep;
    return *this;
  }
  TwoCores& event(Operation operation, uint64_t operand = 0) {
    add(0, {operand, 1, 0, static_cast<uint8_t>(operation), ReferenceKind::kControl});
    now_ += kStep;
    return *this;
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
    for (size_t core = 0; core < 2; ++core) {
      EXPECT_EQ(counted.hits[core], hits) << "core " << core;
      EXPECT_EQ(counted.misses[core], misses) << "core " << core;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Timings, SeveralCores,
                         testing::Values(Timing::kLoose, Timing::kApproximate),
                         [](const auto& timing) { return std::string(to_string(timing.param)); });

TEST_P(SeveralCores, ChangeProcessesTogether) {
  TwoCores two;
  two.both_load();                                              // misses, a fault
  two.event(Operation::kCr3, kSecond | kKeepTlbs).both_load();  // misses, a fault
  two.event(Operation::kCr3, kFirst | kKeepTlbs).both_load();   // hits
  two.event(Operation::kCr3, kFirst).both_load();               // misses: PCID 0 was flushed
  two.event(Operation::kCr3, kSecond | kKeepTlbs).both_load();  // hits: PCID 1 was not
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, 2, 3);
  EXPECT_EQ(counted.guest_faults, 2);
  EXPECT_EQ(counted.nested_faults, 2 * 5);  // a data page and four tables each
}

TEST_P(SeveralCores, ChangeVmsTogether) {
  TwoCores two;
  two.both_load();                             // misses
  two.event(Operation::kVpid, 2).both_load();  // misses
  two.event(Operation::kVpid, 1).both_load();  // hits
  two.event(Operation::kInvvpidSingle, 2);
  two.event(Operation::kVpid, 2).both_load();  // misses
  two.event(Operation::kVpid, 1).both_load();  // hits
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, 2, 3);
  EXPECT_EQ(counted.guest_faults, 2);
  EXPECT_EQ(counted.nested_faults, 2 * 5);
}

TEST_P(SeveralCores, ChangeNestedMapsTogether) {
  TwoCores two;
  two.both_load();                                     // misses
  two.event(Operation::kEptp, 1).both_load();          // misses
  two.event(Operation::kEptp, 0).both_load();          // hits
  two.event(Operation::kInveptSingle, 0).both_load();  // misses
  const Counted counted = run(Mode::kBaseVirtualized, two.stream());
  expect(counted, 1, 3);
  EXPECT_EQ(counted.guest_faults, 1);
  EXPECT_EQ(counted.nested_faults, 2 * 5);  // the same pages in either map
}

TEST_P(SeveralCores, DropPagesAndSegmentsTogether) {
  TwoCores two;
  two.both_load();                                       // misses: segments complete
  two.event(Operation::kInvlpg, kRegion).both_load();    // misses
  two.event(Operation::kGuestSegmentLimit).both_load();  // misses: paging, a fault
  two.both_load();                                       // hits
  const Counted counted = run(Mode::kDualDirect, two.stream());
  expect(counted, 1, 3);
  EXPECT_EQ(counted.guest_faults, 1);
  EXPECT_EQ(counted.nested_faults, 0);
}

/// Core 1's walk is under way when core 0 changes the process of both.
TEST(SeveralCoresAt, ARequestInFlightBelongsToTheProcessThatItEnteredWith) {
  const auto load = [](uint32_t instructions) {
    return Reference{kRegion, instructions, 1, 8, ReferenceKind::kLoad};
  };
  const auto cr3 = [](uint64_t operand, uint32_t instructions) {
    return Reference{operand, instructions, 0, static_cast<uint8_t>(Operation::kCr3),
                     ReferenceKind::kControl};
  };
  Config config;
  config.mode = Mode::kBaseVirtualized;
  config.timing = Timing::kApproximate;
  config.core.count = 2;
  ListStream stream({load(1), cr3(kSecond | kKeepTlbs, 100), load(100000),
                     cr3(kFirst | kKeepTlbs, 200000), load(200000)},
                    range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  const RunResult result = machine.result();
  // What was in flight leaves nothing in the TLBs, so the third load walks again.
  EXPECT_EQ(result.l1_tlb.misses, 3);
  EXPECT_EQ(result.walks.walks, 3);
  EXPECT_EQ(result.walks.guest_faults, 2);
}

}  // namespace
}  // namespace nestwalk::test
