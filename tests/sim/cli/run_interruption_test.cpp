// SPDX-License-Identifier: Apache-2.0
// How runs end that somebody interrupts.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

const std::string kSmall = "--workload gups:size=16MiB,updates=2000 ";

TEST(RunCommand, AnInterruptedRunSaysSo) {
  const TemporaryDirectory directory;
  const std::string file = directory.path("result.json");
  const std::string command = "timeout --foreground --preserve-status -s INT 1 " +
                              std::string(NESTWALK_PROGRAM) +
                              " run --workload gups:size=1GiB,updates=100000000000 --json " + file +
                              " >" + directory.path("out") + " 2>" + directory.path("err");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_EQ(directory.read("err").rfind("nestwalk: interrupted: the result is of ", 0), 0U);
  const auto json = nlohmann::json::parse(directory.read("result.json"));
  EXPECT_EQ(json["host"]["interrupted"], true);
  EXPECT_GT(json["references"], 0);
  EXPECT_FALSE(
      nlohmann::json::parse(run_program("run --json - " + kSmall).out)["host"]["interrupted"]);
}

TEST(RunCommand, EveryInterruptionIsTold) {
  const TemporaryDirectory directory;
  const std::string endless = " --workload gups:size=1GiB,updates=100000000 ";
  for (const std::string& signal : std::vector<std::string>{"INT", "TERM", "HUP"})
    for (const std::string& arguments : std::vector<std::string>{
             "explain --mode vmm-direct --address 0x10000000000" + endless,
             "run --intervals 4 --json " + directory.path("result.json") + endless,
             "verify --json " + directory.path("result.json") + endless}) {
      const std::string command = "timeout --foreground --preserve-status -s " + signal + " 2 " +
                                  NESTWALK_PROGRAM + " " + arguments + " >" +
                                  directory.path("out") + " 2>" + directory.path("err");
      EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1) << signal << ": " << arguments;
      EXPECT_EQ(directory.read("out"), "");
      const bool verifies = arguments.rfind("verify", 0) == 0;
      EXPECT_EQ(directory.read("err"), verifies ? "nestwalk: interrupted: nothing is verified\n"
                                                : "nestwalk: interrupted\n")
          << signal << ": " << arguments;
    }
  EXPECT_EQ(directory.names().size(), 2U);
}

// The first part takes no warm-up and is soon done, the others take a hundred times as long.
TEST(RunCommand, AnInterruptionLeavesThePartsThatAreDone) {
  const TemporaryDirectory directory;
  const auto run = [&](const std::string& when, const std::string& how) {
    const std::string command = when + NESTWALK_PROGRAM +
                                " run --workload gups:size=1GiB,updates=5000000 --timing at "
                                "--interval-warmup 1000000 --json " +
                                directory.path("result.json") + how + " >" + directory.path("out") +
                                " 2>" + directory.path("err");
    return WEXITSTATUS(std::system(command.c_str()));
  };
  const auto result = [&] { return nlohmann::json::parse(directory.read("result.json")); };
  EXPECT_EQ(run("timeout --foreground --preserve-status -s INT 3 ", " --intervals 1000"), 1);
  nlohmann::json interrupted = result();
  const int done = interrupted["intervals"]["done"];
  ASSERT_GE(done, 1);
  ASSERT_LT(done, 1000);
  EXPECT_EQ(directory.read("err"), "nestwalk: interrupted: the result is of the first " +
                                       std::to_string(done) + " of 1000 parts\n");
  EXPECT_NE(directory.read("out").find("interrupted: of the first " + std::to_string(done) + " "),
            std::string::npos);
  EXPECT_EQ(interrupted["host"]["interrupted"], true);
  EXPECT_EQ(interrupted["references"], done * 10000);

  EXPECT_EQ(run("", " --intervals " + std::to_string(done) + " --references " +
                        std::to_string(done * 10000)),
            0);
  nlohmann::json expected = result();
  for (nlohmann::json* one : {&interrupted, &expected}) {
    one->erase("intervals");
    one->erase("host");
    (*one)["config"].erase("references");
  }
  EXPECT_EQ(interrupted, expected);
}

TEST(RunCommand, IntervalsGoOnWhereTheyWereInterruptedOrKilled) {
  const TemporaryDirectory directory;
  const std::string run = std::string(NESTWALK_PROGRAM) +
                          " run --workload gups:size=1GiB,updates=1500000 --timing at --intervals "
                          "60 --interval-warmup 10000 --json " +
                          directory.path("result.json") + " --interval-results " +
                          directory.path("kept");
  const auto execute = [&](const std::string& command) {
    return WEXITSTATUS(std::system(
        (command + " >" + directory.path("out") + " 2>" + directory.path("err")).c_str()));
  };
  EXPECT_EQ(execute("timeout --foreground -s KILL 1 " + run), 137);
  const int code = execute("timeout --foreground --preserve-status -s INT 2 " + run);
  if (code != 0) {
    EXPECT_EQ(code, 1);
    const std::string told = directory.read("err");
    EXPECT_NE(told.find(" of 60 parts; the same command goes on from here\n"), told.npos) << told;
  }
  EXPECT_EQ(execute(run), 0);
  EXPECT_NE(directory.read("err").find(" of 60 runs are in "), std::string::npos);
  const std::string result = directory.read("result.json");
  const std::string kept = directory.read("kept");
  const auto lines = std::count(kept.begin(), kept.end(), '\n');
  EXPECT_GE(lines, 60);
  EXPECT_LE(lines, 61) << "no part was run twice, but one whose line was cut off";
  std::filesystem::remove(directory.path("kept"));
  EXPECT_EQ(execute(run), 0);
  EXPECT_EQ(directory.read("result.json"), result);
}

TEST(RunCommand, KeepsTheResultsOfIntervalsInAFileOfTheirOwn) {
  const TemporaryDirectory directory;
  directory.write("notes", "my notes\n");
  for (const char* options :
       {"--interval-results notes", "--interval-results a --json a", "--interval-results -",
        "--interval-results no/such/folder", "--interval-results ."})
    EXPECT_EQ(
        run_program("run " + kSmall + "--intervals 2 " + options, "", directory.path("")).code, 2)
        << options;
  EXPECT_EQ(run_program("run " + kSmall + "--interval-results a", "", directory.path("")).code, 2);
  EXPECT_EQ(directory.names(), std::vector<std::string>{"notes"});
  EXPECT_EQ(directory.read("notes"), "my notes\n");
}

TEST(RunCommand, WhatIsIgnoredStaysIgnored) {
  const TemporaryDirectory directory;
  for (const std::string& signal : std::vector<std::string>{"INT", "HUP"}) {
    const std::string command = "timeout --foreground --preserve-status -s " + signal +
                                " 0.3 sh -c \"trap '' " + signal + "; exec " +
                                std::string(NESTWALK_PROGRAM) +
                                " run --workload gups:size=16MiB,updates=3000000 --json " +
                                directory.path("result.json") + "\" >" + directory.path("out");
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << signal;
    EXPECT_EQ(nlohmann::json::parse(directory.read("result.json"))["references"], 6000000);
  }
}

/// Programs that wait for a pipe to which nobody writes any more, and which nobody closes.
TEST(RunCommand, AnInterruptionEndsItsWaitForAPipe) {
  const TemporaryDirectory directory;
  const std::string pipe = directory.path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int writer = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  fcntl(writer, F_SETPIPE_SZ, 1 << 20);
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "R 1\n";
  const auto interrupt = [&](const std::string& signal, const std::string& arguments) {
    ASSERT_EQ(write(writer, text.data(), text.size()), text.size());
    const std::string command = "timeout --foreground --preserve-status -k 20 -s " + signal +
                                " 2 " + NESTWALK_PROGRAM + " " + arguments + " >" +
                                directory.path("out") + " 2>" + directory.path("err");
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1) << signal << ": " << arguments;
  };
  for (const std::string& signal : std::vector<std::string>{"INT", "TERM", "HUP"}) {
    interrupt(signal, "run --json - --trace " + pipe);
    const auto result = nlohmann::json::parse(directory.read("out"));
    EXPECT_EQ(result["references"], 12 * 4096) << "the batches that were whole";
    EXPECT_EQ(result["host"]["interrupted"], true);
    EXPECT_EQ(directory.read("err"), "nestwalk: interrupted: the result is of 49,152 references\n");
  }
  interrupt("INT", "trace convert " + pipe + " -o " + directory.path("out.nwt"));
  EXPECT_EQ(directory.read("err"), "nestwalk: interrupted; nothing was written\n");
  interrupt("INT", "trace info " + pipe);
  EXPECT_EQ(directory.read("err"), "nestwalk: interrupted\n");
  close(writer);
  EXPECT_EQ(directory.names().size(), 3U) << "the pipe, out and err";
}

/// Minutes pass until it has its first reference.
TEST(RunCommand, AnInterruptionEndsTheMakingOfAGraph) {
  const TemporaryDirectory directory;
  const std::string command =
      "timeout --foreground --preserve-status -k 20 -s INT 1 " + std::string(NESTWALK_PROGRAM) +
      " run --workload graph500:scale=25,graph=stored >/dev/null 2>" + directory.path("err");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_EQ(directory.read("err"), "nestwalk: interrupted: the result is of 0 references\n");
}

}  // namespace
}  // namespace nestwalk
