// SPDX-License-Identifier: Apache-2.0
// What runs with managed memory tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

/// Whoever shares or copies pages looks at what is stored: the stores take no longer for it.
TEST(RunCommand, StoresThatAreWatchedTakeTheSameTime) {
  std::string trace;
  for (int i = 0; i < 400; ++i)
    trace += "W 0x4000" + std::to_string(1000 + 8 * (i % 8)) + " 8 i9\n";
  const auto run = [&trace](const std::string& schedule) {
    const Outcome outcome = run_program(
        "run --timing at --mode base-virtualized --set core.outstanding=2 --set "
        "software.model=managed --set 'software.schedule=" +
            schedule + "' --trace - --json -",
        trace);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out)["cycles"].get<uint64_t>();
  };
  EXPECT_EQ(run("[\"5000 share\"]"), run("[]"));
}

const std::string kManaged =
    "run --mode dual-direct --pages 4K+4K --set software.model=managed --trace - --json - ";

/// `reference: what`, a line an event.
std::string events_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto result = nlohmann::json::parse(outcome.out);
  std::string text;
  for (const auto& event : result["software"]["events"])
    text += std::to_string(event["reference"].get<uint64_t>()) + ": " +
            event["what"].get<std::string>() + '\n';
  return text;
}

TEST(RunCommand, EventsStandAtTheReferenceThatTheyFollow) {
  const std::string two = "R 10000000000\nR 10000001000\n";
  const std::string host = kManaged + "--set software.host.memory=64MiB ";
  EXPECT_EQ(events_of(run_program(host + "--set software.guest.memory=16MiB --set "
                                         "software.primary_region=[0x10000000000,0x10000002000]",
                                  two + "C vpid 2\n" + two)),
            "0: VM 1: mode dual-direct\n2: VM 2: mode dual-direct\n");
  // There is no room for the second process's segment.
  EXPECT_EQ(
      events_of(run_program(
          host + "--set software.guest.memory=2MiB --set software.self_ballooning.enabled=false "
                 "--set software.primary_region=[0x10000000000,0x10000100000]",
          two + "C cr3 1000\n" + two + "C cr3 0\n" + two)),
      "0: VM 1: mode dual-direct\n2: VM 1: mode vmm-direct\n4: VM 1: mode dual-direct\n");
}

/// Each share leaves the VM without its segment: VM 2 keeps the frame that lay in VM 1's block.
TEST(RunCommand, AVmGetsItsSegmentBackWheneverHostMemoryIsFree) {
  std::string trace = "W 10000000000\nC vpid 2\nW 10000000000\nC vpid 1\n";
  for (int i = 0; i < 98; ++i) trace += "W 10000000000\n";
  const std::string events = events_of(run_program(
      kManaged + "--set software.interval=1 --set software.duplicates=1 --set "
                 "software.primary_region=[0x10000000000,0x10000001000] --set "
                 "software.guest.memory=128MiB --set software.host.memory=4GiB --set "
                 "software.limits.page_sharing=leave --set 'software.schedule=[\"10 share\", \"20 "
                 "share\", \"30 share\", \"40 share\", \"50 share\"]'",
      trace));
  for (const char* share : {"10", "20", "30", "40", "50"})
    EXPECT_NE(events.find(std::string("\n") + share + ": VM 1: mode guest-direct\n"),
              std::string::npos)
        << events;
  const std::string last = "51: VM 1: mode dual-direct\n";
  EXPECT_EQ(events.substr(events.size() - std::min(events.size(), last.size())), last) << events;
}

TEST(RunCommand, AMigrationBacksNoMoreThanWasBackedWhereNoVmmSegmentIsWanted) {
  const auto swapped_out = [](const std::string& schedule) {
    const Outcome outcome = run_program(
        "run --json - --workload gups:size=1MiB,updates=300 --mode base-virtualized "
        "--set software.model=managed --set software.guest.memory=64MiB "
        "--set software.host.memory=128MiB --set software.interval=10 "
        "--set 'software.schedule=[" +
        schedule + "]'");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out)
        .at("/software/operations/swap_out/count"_json_pointer);
  };
  const auto pages = swapped_out("\"500 vmm-swap 64MiB\"");
  EXPECT_GT(pages, 100);
  EXPECT_LT(pages, 400);  // 256 of data, and tables
  EXPECT_EQ(swapped_out("\"100 migrate\", \"500 vmm-swap 64MiB\""), pages);
}

}  // namespace
}  // namespace nestwalk
