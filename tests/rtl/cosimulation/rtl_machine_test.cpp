// SPDX-License-Identifier: Apache-2.0
// A machine with the RTL in its MMU is, cycle by cycle, the machine with the model in it: random
// machines and streams in every mode, and a recorded program.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "rtl/cosimulation/rtl_build.h"
#include "tests/sim/experiment/random_runs.h"
#include "tests/support/program.h"

namespace nestwalk::test {
namespace {

/// What the runs met.
struct Tally {
  uint64_t completed = 0;
  uint64_t checks = 0;
  uint64_t positives = 0;
};

std::string compare_units(uint64_t seed, Tally& tally) {
  Random random(seed);
  Config config = RandomConfig(random).draw();
  config.mmu.segment_entry = PageSize::k4K;  // the RTL knows no other
  config.mmu.filter = config.mmu.guest_filter = rtl_filter();
  const std::vector<Reference> stream = RandomStream(random, config).draw(300 + random.below(1000));
  std::string differences;
  for (const Timing timing : {Timing::kLoose, Timing::kApproximate}) {
    config.core.outstanding =
        timing == Timing::kApproximate ? static_cast<uint32_t>(1 + random.below(8)) : 1;
    config.segment_unit = SegmentUnit::kModel;
    const Found expected = run(config, stream, timing, true);
    config.segment_unit = SegmentUnit::kRtl;
    differences += difference("RTL", run(config, stream, timing, true), expected);
    tally.completed += expected.result["segments"]["completed"].get<uint64_t>();
    tally.checks += expected.result["walks"]["segment_checks"].get<uint64_t>();
    tally.positives += expected.result["escape_filter"]["positives"].get<uint64_t>();
  }
  return differences;
}

RC_GTEST_PROP(RtlMachine, EqualsTheModelInEveryCycle, (uint64_t seed)) {
  Tally tally;
  RC_ASSERT(compare_units(scrambled(seed), tally) == "");
}

TEST(RtlMachine, RunsMeetEverything) {
  Tally tally;
  for (uint64_t seed = 0; seed < 60; ++seed) ASSERT_EQ(compare_units(seed, tally), "") << seed;
  EXPECT_GT(tally.completed, 300U);
  EXPECT_GT(tally.checks, 5000U);
  // All by chance: a larger filter than the default one has none.
  EXPECT_TRUE(tally.positives > 10 || rtl_filter().bits > FilterConfig().bits);
}

/// The filter that the RTL was built with, as the one that has these keys.
std::string filter_options(const std::string& keys = "filter") {
  const FilterConfig filter = rtl_filter();
  const std::string set = " --set " + keys;
  return set + ".bits=" + std::to_string(filter.bits) + set +
         ".hashes=" + std::to_string(filter.hashes) + set +
         ".partitioned=" + (filter.partitioned ? "true" : "false") + set +
         ".seed=" + std::to_string(filter.seed);
}

nlohmann::json result(const std::string& arguments, const std::string& file) {
  const Outcome outcome = run_program("run " + arguments + " --json " + file);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::ifstream stream(file);
  nlohmann::json json = nlohmann::json::parse(stream);
  json.erase("config");
  json.erase("host");
  return json;
}

TEST(RtlMachine, EqualsTheModelOnARecordedProgram) {
  TemporaryDirectory directory;
  const std::string trace = directory.path("sort.nwt");
  const Outcome recorded = run_program("trace record -o " + trace + " -- ls -l /etc");
  ASSERT_EQ(recorded.code, 0) << recorded.err;
  for (const char* mode : {"native-direct", "dual-direct", "vmm-direct", "guest-direct"})
    for (const char* timing : {"lt", "at"}) {
      const std::string arguments = "--trace " + trace + " --mode " + mode + " --timing " + timing +
                                    " --bad-pages 16 --set fetch=true" + filter_options();
      const std::string what = std::string(mode) + " " + timing;
      const nlohmann::json expected = result(arguments, directory.path("model.json"));
      EXPECT_EQ(result(arguments + " --set segment_unit=rtl", directory.path("rtl.json")), expected)
          << what;
      EXPECT_GT(expected["references"], 100000) << what;
      EXPECT_GT(expected["walks"]["segment_checks"].get<uint64_t>() +
                    expected["segments"]["completed"].get<uint64_t>(),
                0U)
          << what;
    }
}

// Whose registers and filters change all the time.
TEST(RtlMachine, EqualsTheModelUnderManagedSoftware) {
  TemporaryDirectory directory;
  const std::string schedule =
      "'[\"3000 share\", \"6000 vmm-swap 1MiB\", \"9000 guest-swap 1MiB\", \"12000 balloon 1MiB\", "
      "\"20000 deflate 1MiB\", \"22000 migrate\", \"34000 grow 1MiB\", \"37000 shrink 2MiB\"]'";
  for (const char* mode : {"dual-direct", "vmm-direct", "guest-direct"})
    for (const char* timing : {"lt", "at"}) {
      std::string arguments = "--workload gups:size=8MiB,updates=20000 --mode ";
      arguments += std::string(mode) + " --timing " + timing + " --bad-pages 4" + filter_options() +
                   " --set guest_filter.enabled=true" + filter_options("guest_filter") +
                   " --set software.model=managed --set software.guest.memory=64MiB"
                   " --set software.host.memory=256MiB --set software.interval=500"
                   " --set software.migration.slice=4096 --set software.limits.most_escapes=64"
                   " --set software.duplicates=0.2 --set software.schedule=" +
                   schedule + " --set software.limits.live_migration=leave";
      for (const char* limit : {"page_sharing", "vmm_swapping", "guest_swapping", "ballooning"})
        arguments += std::string(" --set software.limits.") + limit + "=escape";
      const std::string what = std::string(mode) + " " + timing;
      const nlohmann::json expected = result(arguments, directory.path("model.json"));
      EXPECT_EQ(result(arguments + " --set segment_unit=rtl", directory.path("rtl.json")), expected)
          << what;
      EXPECT_GT(expected["escape_filter"]["positives"], 100) << what;
      EXPECT_EQ(expected["software"]["migrations"].size(), 1U) << what;
    }
}

}  // namespace
}  // namespace nestwalk::test
