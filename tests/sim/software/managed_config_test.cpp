// SPDX-License-Identifier: Apache-2.0
// Configurations of the managed software side: what is refused and why, and that the examples in
// doc/examples run.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "sim/config/load.h"
#include "sim/config/schedule.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {
namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string load_error(std::vector<std::string> sets) {
  sets.insert(sets.begin(), {"software.model=managed", "mode=dual-direct"});
  return error_of([&] {
    ConfigRequest request;
    request.sets = sets;
    load_config(request);
  });
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ManagedConfig, RulesBetweenKeys) {
  EXPECT_EQ(load_error({}), "no error");
  EXPECT_TRUE(says(load_error({"mode=native"}), "needs a virtualized mode"));
  EXPECT_TRUE(says(load_error({"software.guest.memory=100GiB"}), "larger than its host"));
  EXPECT_TRUE(says(load_error({"software.guest.memory=4100KiB"}), "multiple of 2MiB"));
  EXPECT_TRUE(says(load_error({"paging.maxphyaddr=36"}), "two hosts must fit"));
  EXPECT_TRUE(says(load_error({"software.host.used=1"}), "0 to 0.999"));
  EXPECT_TRUE(says(load_error({"software.limits.live_migration=escape"}), "too many to escape"));
  EXPECT_TRUE(says(load_error({"software.limits.guest_swapping=escape"}), "guest_filter.enabled"));
  EXPECT_EQ(load_error({"software.limits.guest_swapping=escape", "guest_filter.enabled=true"}),
            "no error");
  EXPECT_TRUE(says(load_error({"timing=at", "core.count=2"}), "runs one core"));
  EXPECT_TRUE(says(load_error({"software.collapse.slice=1"}), "needs THP"));
  EXPECT_TRUE(says(load_error({"mode=base-virtualized", "software.scattered_frames=true"}),
                   "software.model = \"fixed\""));
  EXPECT_EQ(load_error({"software.collapse.slice=1", "pages=THP+4K"}), "no error");
  EXPECT_TRUE(says(load_error({"software.limits.ballooning=forbid"}), "refuse, escape or leave"));
}

// The last interval is as long as what is left, and has what was in flight at the end.
TEST(ManagedConfig, TheTimelineAddsUpToTheRun) {
  for (const auto& [interval, last, sets] :
       {std::tuple{700, 200, std::vector<std::string>{}},
        std::tuple{1000, 1000, std::vector<std::string>{"timing=at", "core.outstanding=4"}}}) {
    ConfigRequest request;
    request.sets = sets;
    for (const char* set :
         {"software.model=managed", "mode=vmm-direct", "references=3000",
          "workload=gups:size=64MiB,updates=3000", "software.guest.memory=128MiB",
          "software.host.memory=512MiB", "warmup=450",
          "software.schedule=['100 balloon 1MiB', '450 balloon 1MiB', '3000 balloon 1MiB']"})
      request.sets.push_back(set);
    request.sets.push_back("software.timeline=" + std::to_string(interval));
    Config config = load_config(request).config;
    const std::unique_ptr<Stream> stream = open_stream(config, std::nullopt);
    Machine machine(config, *stream, {});
    machine.run();
    const RunResult result = machine.result();
    TimelineInterval sum;
    for (const TimelineInterval& one : result.timeline) sum += one;
    EXPECT_EQ(result.timeline.back().references, last);
    EXPECT_EQ(result.timeline.front().end, 450 + interval);
    EXPECT_EQ(result.timeline.back().end, 3450);
    EXPECT_EQ(sum.references, 3000);
    EXPECT_EQ(sum.walks, result.walks.walks);
    EXPECT_EQ(sum.walk_cycles, result.walks.cycles);
    EXPECT_EQ(sum.stall_cycles, result.stall_cycles);
    EXPECT_EQ(sum.software_cycles, result.software_cycles);
    EXPECT_EQ(sum.cycles, result.cycles);
    const Ledger& ledger = result.software->ledger;
    // The first request is the warm-up's; the segment refuses pages, which are pinned and let go.
    EXPECT_EQ(ledger.count(Operation::kBalloonPage), 2 * 2 * 256);
    EXPECT_EQ(ledger.cycles(), result.software_cycles);
    uint64_t operations = 0;
    for (size_t i = 0; i < kOperations; ++i) operations += ledger.cycles(static_cast<Operation>(i));
    EXPECT_EQ(operations, result.software_cycles);
  }
}

TEST(ManagedConfig, ScheduleLinesSayWhatIsWrongWithThem) {
  const auto parse = [](const std::string& line) {
    return error_of([&] { parse_schedule({line}); });
  };
  EXPECT_EQ(parse("100 share"), "no error");
  EXPECT_EQ(parse("100 balloon 4KiB"), "no error");
  EXPECT_TRUE(
      says(parse("100 baloon 4KiB"), "there is no operation \"baloon\"; did you mean balloon?"));
  EXPECT_TRUE(says(parse("100"), "needs an operation"));
  EXPECT_TRUE(says(parse("100 balloon"), "needs a size"));
  EXPECT_TRUE(says(parse("100 share 4KiB"), "is complete after the operation"));
  EXPECT_TRUE(says(parse("100 balloon 4KiB 5"), "is complete after the size"));
  EXPECT_TRUE(says(parse("100 balloon 5"), "multiple of 4KiB"));
  EXPECT_TRUE(says(parse("soon share"), "\"soon share\": must be a whole number"));
  const auto schedule = parse_schedule({"200 migrate", "100 balloon 1MiB"});
  ASSERT_EQ(schedule.size(), 2);
  EXPECT_EQ(schedule[0].reference, 100);
  EXPECT_EQ(schedule[0].pages, 256);
  EXPECT_EQ(schedule[1].request, Request::kMigrate);
}

TEST(ManagedConfig, WhatDoesNotFitTheStreamIsRefused) {
  const SystemCContext systemc;
  ManagedSoftwareSetup setup = managed_setup(Mode::kDualDirect);
  setup.bad_pages = 5000;
  EXPECT_TRUE(says(error_of([&] { ManagedMachine machine(setup); }), "only 4096 host frames"));
  setup.bad_pages = 1;
  setup.ranges.clear();
  setup.primary_region.reset();
  EXPECT_TRUE(says(error_of([&] { ManagedMachine machine(setup); }), "software.primary_region"));
}

TEST(ManagedConfig, TheStreamMayNotWriteSegmentsNorLeaveTheGuestsMemory) {
  const SystemCContext systemc;
  const ManagedSoftwareSetup setup = managed_setup(Mode::kDualDirect);
  ManagedMachine machine(setup);
  EXPECT_TRUE(
      says(error_of([&] { machine.control(ControlOperation::kGuestSegmentLimit, kManagedRegion); }),
           "sets them itself"));
  EXPECT_TRUE(says(error_of([&] { machine.control(ControlOperation::kVpid, 0); }), "VPID 0"));
  EXPECT_TRUE(
      says(error_of([&] { machine.load(GuestVirtual(uint64_t{1} << 50)); }), "not canonical"));
}

bool is_sweep(const std::filesystem::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.find("[axes]") != text.npos;
}

// Every example runs; here only its beginning.
TEST(ManagedExamples, Run) {
  size_t examples = 0;
  const std::filesystem::path directory =
      std::filesystem::path(NESTWALK_TEST_DATA) / "../../doc/examples";
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() != ".toml" || is_sweep(file.path())) continue;
    SCOPED_TRACE(file.path().filename());
    ++examples;
    ConfigRequest request;
    request.file = file.path().string();
    request.sets = {"references=3000", "software.timeline=1000"};
    Config config = load_config(request).config;
    EXPECT_EQ(config.software.model, SoftwareModel::kManaged);
    const std::unique_ptr<Stream> stream = open_stream(config, std::nullopt);
    Machine machine(config, *stream, {});
    machine.run();
    const RunResult result = machine.result();
    EXPECT_EQ(result.references, 3000);
    ASSERT_EQ(result.timeline.size(), 3);
    uint64_t cycles = 0;
    for (const TimelineInterval& interval : result.timeline) cycles += interval.cycles;
    EXPECT_EQ(cycles, result.cycles);
    EXPECT_TRUE(result.software);
  }
  EXPECT_GE(examples, 10);
}

// A whole run: base-virtualized, guest-direct, dual-direct; walk cycles fall to almost nothing, and
// the same in timing at.
TEST(ManagedRun, OverheadFallsAsTheBetterModesAreEntered) {
  ConfigRequest request;
  request.sets = {"software.model=managed",
                  "mode=dual-direct",
                  "workload=gups:size=16MiB,updates=40000",
                  "software.guest.memory=64MiB",
                  "software.guest.used=0.4",
                  "software.guest.mean_run=8",
                  "software.host.memory=192MiB",
                  "software.host.used=0.4",
                  "software.interval=200",
                  "software.self_ballooning.slice=64",
                  "software.compaction.slice=256",
                  "software.timeline=4000"};
  std::string lt;
  for (const char* timing : {"timing=lt", "timing=at"}) {
    request.sets.push_back(timing);
    Config config = load_config(request).config;
    const std::unique_ptr<Stream> stream = open_stream(config, std::nullopt);
    Machine machine(config, *stream, {});
    machine.run();
    const RunResult result = machine.result();
    const Timeline& timeline = result.timeline;
    ASSERT_EQ(timeline.size(), 20);
    EXPECT_EQ(timeline.front().mode, Mode::kBaseVirtualized);
    EXPECT_EQ(timeline.back().mode, Mode::kDualDirect);
    EXPECT_EQ(timeline.back().guest_segment, 16 * kMiB);
    EXPECT_EQ(timeline.back().vmm_segment, 80 * kMiB);
    EXPECT_EQ(timeline.back().walks, 0);
    uint64_t guest_direct = 0;
    for (const TimelineInterval& one : timeline)
      if (one.mode == Mode::kGuestDirect) guest_direct = one.walk_cycles;
    EXPECT_GT(timeline.front().walk_cycles, guest_direct);
    EXPECT_GT(guest_direct, 0);
    EXPECT_GT(result.software_cycles, 1000 * 4096);
    nlohmann::ordered_json json = to_json(result);
    EXPECT_EQ(json["timeline"]["intervals"].size(), 20);
    EXPECT_EQ(json["software"]["operations"]["page_copy"]["count"],
              result.software->ledger.count(Operation::kPageCopy));
    for (const char* key : {"config", "timing"}) json.erase(key);
    if (lt.empty()) lt = json.dump();
    EXPECT_EQ(json.dump(), lt);  // one outstanding: LT and AT agree
    EXPECT_TRUE(says(to_text(result), "guest-direct"));
  }
}

}  // namespace
}  // namespace nestwalk::test
