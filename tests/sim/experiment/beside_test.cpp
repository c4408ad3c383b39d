// SPDX-License-Identifier: Apache-2.0
// Streams that run beside each other: what they share is the L3 and memory, and nothing else.
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/config/words.h"
#include "sim/experiment/run.h"
#include "sim/io/input_error.h"
#include "tests/sim/experiment/random_runs.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk::test {
namespace {

const std::string kFirst = "chase:size=4MiB,references=3000";
const std::string kSecond = "gups:size=1GiB,updates=1500";

Config config_of(const std::vector<std::string>& sets) {
  ConfigRequest request;
  request.sets = sets;
  return load_config(request).config;
}

RunResult simulate(const Config& config) {
  RunSpec spec;
  spec.config = config;
  return run(spec);
}

struct Case {
  Mode mode;
  Timing timing;
  BesideAs as;
};

class Beside : public testing::TestWithParam<Case> {
 protected:
  static std::vector<std::string> sets(const std::string& preset) {
    return {"preset=" + preset, "mode=" + std::string(to_string(GetParam().mode)),
            "timing=" + std::string(to_string(GetParam().timing)),
            "beside_as=" + std::string(to_string(GetParam().as))};
  }
  static Config alone(const std::string& workload, uint64_t seed, const std::string& preset) {
    Config config = config_of(sets(preset));
    config.workload = workload;
    config.seed = seed;
    return config;
  }
  static Config together(const std::string& preset) {
    std::vector<std::string> all = sets(preset);
    all.push_back("beside=[\"" + kSecond + "\"]");
    Config config = config_of(all);
    config.workload = kFirst;
    return config;
  }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Mode mode : kModes)
    for (const Timing timing : {Timing::kLoose, Timing::kApproximate})
      for (const BesideAs as : {BesideAs::kVms, BesideAs::kProcesses})
        all.push_back({mode, timing, as});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Modes, Beside, testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = std::string(to_string(test.param.mode)) + "_" +
                     std::string(to_string(test.param.timing)) + "_" +
                     std::string(to_string(test.param.as));
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

/// Without caches there is nothing to share: each core does what its stream does alone.
TEST_P(Beside, WithoutCachesEachIsAsItWouldBeAlone) {
  const RunResult both = simulate(together("closed-form"));
  const RunResult single[] = {simulate(alone(kFirst, 1, "closed-form")),
                              simulate(alone(kSecond, 2, "closed-form"))};
  ASSERT_EQ(both.cores.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    SCOPED_TRACE(i);
    const CoreResult& core = both.cores[i];
    EXPECT_EQ(core.stream, i == 0 ? kFirst : kSecond);
    EXPECT_EQ(core.references, single[i].references);
    EXPECT_EQ(core.instructions, single[i].instructions);
    EXPECT_EQ(core.cycles, single[i].cycles);
    EXPECT_EQ(core.stall_cycles, single[i].stall_cycles);
    EXPECT_EQ(core.l1_tlb.misses, single[i].l1_tlb.misses);
    EXPECT_EQ(core.l2_tlb.misses, single[i].l2_tlb.misses);
    EXPECT_EQ(core.segments_completed, single[i].segments_completed);
    EXPECT_EQ(core.walks, single[i].walks.walks);
    EXPECT_EQ(core.walk_cycles, single[i].walks.cycles);
  }
  EXPECT_EQ(both.walks.walks, single[0].walks.walks + single[1].walks.walks);
  EXPECT_EQ(both.walks.guest_faults, single[0].walks.guest_faults + single[1].walks.guest_faults);
  EXPECT_EQ(both.core_cycles, single[0].cycles + single[1].cycles);
  EXPECT_EQ(both.cycles, std::max(single[0].cycles, single[1].cycles));
}

TEST_P(Beside, TlbsDoNotKnowOfEachOther) {
  const RunResult both = simulate(together("paper"));
  const RunResult first = simulate(alone(kFirst, 1, "paper"));
  EXPECT_EQ(both.cores[0].l1_tlb.misses, first.l1_tlb.misses);
  EXPECT_EQ(both.cores[0].walks, first.walks.walks);
}

/// A chase, each line once a round, through 12 MiB: all but the first round hits the 15 MiB of the
/// L3. Of two beside each other, 24 MiB, every load has been pushed out before it comes again.
TEST(BesideStreams, CompeteForTheL3) {
  constexpr uint64_t kLines = (12 << 20) / 64;
  constexpr uint64_t kLoads = 600000;
  Config config = config_of({"mode=dual-direct"});
  config.workload = "chase:size=12MiB,stride=64,references=600000";
  const LatencyTable& latency = config.mmu.latency;
  const uint64_t l3 = latency.l3 - latency.l1d;
  const uint64_t memory = latency.memory - latency.l1d;
  const RunResult alone = simulate(config);
  EXPECT_EQ(alone.cycles, alone.instructions + kLines * memory + (kLoads - kLines) * l3);
  config.beside = {config.workload};
  config.core.count = 2;
  for (const CoreResult& core : simulate(config).cores)
    EXPECT_EQ(core.cycles, core.instructions + kLoads * memory);
}

TEST(BesideStreams, HaveAPaceOfTheirOwn) {
  Config config = config_of({"preset=closed-form", "memory.data_path=false"});
  config.workload = kSecond;
  config.beside = {kFirst};  // a chase: its loads wait for each other
  config.core.count = 2;
  const RunResult both = simulate(config);
  EXPECT_EQ(both.cores[1].cycles, both.cores[1].instructions + both.cores[1].stall_cycles);
}

TEST(BesideStreams, ATraceMayRunBesideAWorkload) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "R " + std::to_string(70000 + i) + "000 8\n";
  Config config = config_of({"mode=dual-direct", "beside=" + directory.write("b.txt", text)});
  config.workload = kFirst;
  const RunResult both = simulate(config);
  EXPECT_EQ(both.cores[1].references, 100);
  EXPECT_EQ(both.cores[1].segments_completed, both.cores[1].l1_tlb.misses);
  EXPECT_EQ(both.cores[1].walks, 0);
}

/// What one stream invalidates is its own, by the names that it would use alone.
TEST(BesideStreams, InvalidationsAreOfTheirOwnStream) {
  const TemporaryDirectory directory;
  std::string busy;
  std::string quiet;
  for (int i = 0; i < 300; ++i) {
    const std::string page = std::to_string(10000 + i % 20);
    quiet += "R " + page + "000 8\n";
    busy += "R " + page + "000 8\n";
    busy += i % 3 == 0   ? "C invvpid-single 1\n"
            : i % 3 == 1 ? "C invpcid-single 0\n"
                         : "C invept-all\n";
    busy += "C invlpg " + page + "000\n";
    if (i % 50 == 0) busy += "C guest-filter-insert " + page + "\n";
  }
  const std::string busy_file = directory.write("busy.txt", busy);
  const std::string quiet_file = directory.write("quiet.txt", quiet);
  const auto config = [](Mode mode, BesideAs as) {
    return config_of({"preset=closed-form", "guest_filter.enabled=true",
                      "mode=" + std::string(to_string(mode)),
                      "beside_as=" + std::string(to_string(as))});
  };
  for (const Mode mode : kModes)
    for (const BesideAs as : {BesideAs::kVms, BesideAs::kProcesses}) {
      SCOPED_TRACE(std::string(to_string(mode)) + " " + std::string(to_string(as)));
      Config both = config(mode, as);
      both.trace = quiet_file;
      both.beside = {busy_file};
      both.core.count = 2;
      const RunResult together = simulate(both);
      size_t core = 0;
      for (const std::string& file : {quiet_file, busy_file}) {
        Config alone = config(mode, as);
        alone.trace = file;
        const RunResult single = simulate(alone);
        EXPECT_EQ(together.cores[core].walks, single.walks.walks) << core;
        EXPECT_EQ(together.cores[core].l1_tlb.misses, single.l1_tlb.misses) << core;
        EXPECT_EQ(together.cores[core].cycles, single.cycles) << core;
        ++core;
      }
    }
}

/// A process that has run under two PCIDs writes its segment while another VM's walk is under way.
TEST(BesideStreams, AWriteLeavesWhatOthersHaveInFlightAlone) {
  const TemporaryDirectory directory;
  const std::string writer =
      directory.write("a.txt", "C cr3 8000000000000002\nC guest-segment-limit 0 i1000\nR 1000\n");
  const std::string walker = directory.write("b.txt", "R 1000 8 i900\nR 1000 8 i900\n");
  Config both = config_of({"mode=base-virtualized", "timing=at", "beside=" + walker});
  both.trace = writer;
  Config alone = config_of({"mode=base-virtualized", "timing=at"});
  alone.trace = walker;
  const CoreResult beside = simulate(both).cores[1];
  EXPECT_EQ(beside.walks, 1);
  EXPECT_EQ(beside.cycles, simulate(alone).cycles);
}

std::string refusal(const std::vector<std::string>& sets) {
  try {
    Config config = config_of(sets);
    config.workload = kFirst;
    simulate(config);
  } catch (const InputError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(BesideStreams, AreRefusedWhereTheyMakeNoSense) {
  const auto says = [](const std::string& text, const char* part) {
    return text.find(part) != text.npos ? testing::AssertionSuccess()
                                        : testing::AssertionFailure() << text;
  };
  EXPECT_TRUE(says(refusal({"beside=gupz"}), "did you mean gups?; nor is it a file"));
  EXPECT_TRUE(says(refusal({"beside=" + std::string(300, 'a')}), "nor is it a file"))
      << "a name that no file can have";
  EXPECT_TRUE(says(refusal({"beside=-"}), "more than once"));
  EXPECT_TRUE(says(refusal({"beside=gups", "core.count=3"}), "must be 2"));
  EXPECT_TRUE(says(refusal({"beside=gups", "mode=vmm-direct", "software.model=managed"}),
                   "software.model"));
  std::string many = "gups:size=64GiB,updates=10";
  for (int i = 1; i < 20; ++i) many += "\", \"gups:size=64GiB,updates=10";
  many = "beside=[\"" + many + "\"]";
  EXPECT_TRUE(says(refusal({"mode=vmm-direct", many}), "beside_as = \"processes\""));
  EXPECT_EQ(refusal({"mode=vmm-direct", "beside_as=processes", many}), "not refused");
  const TemporaryDirectory directory;
  const std::string vpid = directory.write("vpid.txt", "R 1000\nC vpid 2\n");
  const std::string cr3 = directory.write("cr3.txt", "R 1000\nC cr3 1001\nR 1000\n");
  EXPECT_TRUE(says(refusal({"mode=vmm-direct", "beside=" + vpid}), "given its own"));
  EXPECT_TRUE(says(refusal({"mode=native", "beside=" + cr3}), "given its own"));
  EXPECT_EQ(refusal({"mode=vmm-direct", "beside=" + cr3}), "not refused");
  for (const char* timing : {"timing=lt", "timing=at"})
    EXPECT_EQ(refusal({"mode=vmm-direct", timing, "beside=" + vpid}).substr(0, vpid.size() + 8),
              vpid + ": after ");
}

}  // namespace
}  // namespace nestwalk::test
