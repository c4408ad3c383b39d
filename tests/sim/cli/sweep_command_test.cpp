// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>
#include <tuple>

#include "tests/sim/cli/sweep_database.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

using std::chrono::milliseconds;

/// The program in the background, in a process group of its own.
class Background {
 public:
  explicit Background(const std::string& arguments) {
    const std::string command =
        "exec " + std::string(NESTWALK_PROGRAM) + " " + arguments + " >/dev/null 2>&1";
    pid_ = fork();
    if (pid_ != 0) return;
    setpgid(0, 0);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  ~Background() {
    if (pid_ > 0) end(SIGKILL);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  pid_t pid() const { return pid_; }
  /// Returns the exit code; -1 if a signal ended it.
  int end(int signal) {
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
};

/// Two points that run for long.
const std::string kLong =
    "[base]\nworkload = \"gups:size=1GiB,updates=20000000\"\n[axes]\nseed = [1, 2]\n";

/// The processes of a sweep's workers, once there are so many, or after a while.
std::vector<int> workers_of(const Background& sweep, size_t count) {
  const std::string parent = std::to_string(sweep.pid());
  std::vector<int> workers;
  for (int i = 0; i < 200 && workers.size() < count; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    workers.clear();
    std::ifstream list("/proc/" + parent + "/task/" + parent + "/children");
    for (int worker; list >> worker;) workers.push_back(worker);
  }
  return workers;
}

TEST(SweepCommand, RunsEveryPointAsRunDoes) {
  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
  const Outcome outcome =
      run_program("sweep " + directory.write("s.toml", kSmall) + " -o " + results + " -j 2");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("6 points: 6 done, 0 failed, 0 pending"), std::string::npos);
  EXPECT_EQ(ask(results, "SELECT mode, \"l2_tlb.entries\", status FROM results WHERE point = 5"),
            "vmm-direct|1024|done\n");
  auto run = nlohmann::json::parse(
      run_program("run --json - --workload gups:size=16MiB,updates=1000 --mode vmm-direct "
                  "--set l2_tlb.entries=1024")
          .out);
  run.erase("host");
  EXPECT_EQ(nlohmann::json::parse(ask(results, "SELECT json FROM results WHERE point = 5")), run);
  EXPECT_EQ(ask(results,
                "SELECT count(*) FROM results WHERE seconds > 0 AND peak_memory > 0 AND "
                "host != '' AND version != '' AND walk_cycles > 0 AND overhead > 0 AND "
                "l2_tlb_misses > 0"),
            "6\n");
}

// In AT a core that is ahead reads on past the last reference that the run will count.
TEST(SweepCommand, CoresThatReadAheadFindTheStreamThatARunHas) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 8000; ++i)  // of four threads in turn, the second one with misses alone
    text += "R 0x" + std::to_string(10000000 + (i % 4 == 1 ? i * 7919 % 9000 * 1000 : i % 4)) +
            " 8 t" + std::to_string(i % 4) + " i5\n";
  const std::string trace = directory.write("trace.txt", text);
  const std::string results = directory.path("r.sqlite");
  const Outcome outcome = run_program(
      "sweep " +
      directory.write("s.toml", "[base]\ntrace = \"" + trace +
                                    "\"\ntiming = \"at\"\nreferences = 4000\ncore.count = 3\n"
                                    "[axes]\nmode = [\"base-virtualized\", \"dual-direct\"]\n") +
      " -o " + results + " -j 1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string mode : {"base-virtualized", "dual-direct"}) {
    auto run = nlohmann::json::parse(run_program("run --json - --trace " + trace +
                                                 " --timing at --references 4000 --set "
                                                 "core.count=3 --mode " +
                                                 mode)
                                         .out);
    run.erase("host");
    const std::string swept = ask(results, "SELECT json FROM results WHERE mode = '" + mode + "'");
    EXPECT_EQ(nlohmann::json::parse(swept), run) << mode;
  }
}

TEST(SweepCommand, SharesManagedMemoryAndRunsEveryPointAsRunDoes) {
  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
  const std::string managed =
      "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
      "software.model = \"managed\"\nsoftware.guest.memory = \"1GiB\"\n"
      "software.host.memory = \"2GiB\"\nsoftware.host.used = 0.3\n"
      "[axes]\n\"l2_tlb.entries\" = [256, 512, 1024]\n"
      "mode = [\"base-virtualized\", \"vmm-direct\"]\n";
  EXPECT_EQ(
      run_program("sweep " + directory.write("s.toml", managed) + " -o " + results + " -j 1").code,
      0);
  for (const auto& [point, mode, entries] :
       {std::tuple{1, "vmm-direct", 256}, std::tuple{5, "vmm-direct", 1024},
        std::tuple{4, "base-virtualized", 1024}}) {
    auto run = nlohmann::json::parse(
        run_program(
            "run --json - --workload gups:size=16MiB,updates=1000 --set software.model=managed "
            "--set software.guest.memory=1GiB --set software.host.memory=2GiB --set "
            "software.host.used=0.3 --mode " +
            std::string(mode) + " --set l2_tlb.entries=" + std::to_string(entries))
            .out);
    run.erase("host");
    EXPECT_EQ(nlohmann::json::parse(
                  ask(results, "SELECT json FROM results WHERE point = " + std::to_string(point))),
              run);
  }
}

TEST(SweepCommand, TakesWhatTheConfigurationPrintsAsItsBase) {
  const TemporaryDirectory directory;
  std::istringstream printed(run_program("config").out);
  std::string text = "[axes]\nseed = [1]\n[base]\n";
  for (std::string line; std::getline(printed, line);)
    text += (line.rfind('[', 0) == 0     ? "[base." + line.substr(1)
             : line == "workload = \"\"" ? "workload = \"gups:size=16MiB,updates=1000\""
                                         : line) +
            "\n";
  const Outcome outcome =
      run_program("sweep " + directory.write("s.toml", text) + " -o " + directory.path("s.sqlite"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST(SweepCommand, GoesOnOnlyWhenAsked) {
  const TemporaryDirectory directory;
  const std::string command =
      "sweep " + directory.write("s.toml", kSmall) + " -o " + directory.path("r.sqlite");
  EXPECT_EQ(run_program(command + " --resume").code, 0);  // nothing there: starts anew
  const std::string before = rows(directory.path("r.sqlite"));
  const Outcome refused = run_program(command);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--resume"), std::string::npos);
  EXPECT_EQ(run_program(command + " --resume").code, 0);
  EXPECT_EQ(rows(directory.path("r.sqlite")), before);
  directory.write("s.toml", kSmall + "seed = [2]\n");
  EXPECT_EQ(run_program(command + " --resume").code, 2);
  EXPECT_EQ(rows(directory.path("r.sqlite")), before);
}

TEST(SweepCommand, ThatBeginsTogetherWithOthersLosesNothing) {
  const TemporaryDirectory directory;
  const std::string specification = directory.write("s.toml", kSmall);
  for (int round = 0; round < 5; ++round) {
    const std::string results = directory.path(std::to_string(round) + ".sqlite");
    std::vector<std::unique_ptr<Background>> sweeps;
    for (int i = 0; i < 4; ++i)
      sweeps.push_back(std::make_unique<Background>("sweep " + specification + " -o " + results +
                                                    " --resume -j 1"));
    bool is_done = false;
    for (const auto& sweep : sweeps) {
      const int code = sweep->end(0);
      EXPECT_TRUE(code == 0 || code == 2) << code;
      is_done |= code == 0;
    }
    EXPECT_TRUE(is_done);
    EXPECT_EQ(ask(results, "SELECT count(*) FROM results WHERE status = 'done'"), "6\n");
  }
  EXPECT_EQ(directory.names().size(), 6U);
}

TEST(SweepCommand, ReplacesAFileThatIsNoDatabase) {
  const TemporaryDirectory directory;
  const std::string results = directory.write("r.sqlite", "notes");
  EXPECT_EQ(run_program("sweep " + directory.write("s.toml", kSmall) + " -o " + results).code, 0);
}

TEST(SweepCommand, AFailedPointStopsNoOther) {
  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
  const std::string text = kSmall + "\"l2_tlb.ways\" = [4, 7]\n";
  const Outcome outcome =
      run_program("sweep " + directory.write("s.toml", text) + " -o " + results);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("6 done, 6 failed"), std::string::npos) << outcome.out;
  EXPECT_EQ(ask(results,
                "SELECT count(*) FROM results WHERE status = 'failed' AND "
                "reason LIKE '%l2_tlb%' AND json IS NULL AND \"l2_tlb.ways\" = 7"),
            "6\n");
}

// Whether the points share a stream, as with one worker, or each opens its own.
TEST(SweepCommand, APointThatIsAllWarmUpFailsAsItsRunDoes) {
  const TemporaryDirectory directory;
  const std::string specification =
      directory.write("s.toml",
                      "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
                      "[axes]\nwarmup = [0, 1999, 2001]\n");
  const Outcome run = run_program("run --workload gups:size=16MiB,updates=1000 --warmup 2001");
  EXPECT_EQ(run.code, 2);
  for (const char* workers : {"1", "4"}) {
    const std::string results = directory.path(std::string("r") + workers);
    const Outcome outcome =
        run_program("sweep " + specification + " -o " + results + " -j " + workers);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.out.find("2 done, 1 failed"), std::string::npos) << outcome.out;
    EXPECT_EQ("nestwalk: " + ask(results,
                                 "SELECT reason FROM results WHERE status = 'failed' AND "
                                 "warmup = 2001 AND json IS NULL"),
              run.err);
  }
}

TEST(SweepCommand, ACrashIsAFailureOfItsPoint) {
  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
  Background sweep("sweep " + directory.write("s.toml", kLong) + " -o " + results + " -j 2");
  const std::vector<int> workers = workers_of(sweep, 1);
  ASSERT_FALSE(workers.empty());
  kill(workers.front(), SIGABRT);  // others are AddressSanitizer's
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    if (ask(results, "SELECT count(*) FROM results WHERE status = 'failed'") == "1\n") break;
  }
  EXPECT_EQ(ask(results, "SELECT status, reason FROM results WHERE status = 'failed'"),
            "failed|ended by signal 6 (Aborted)\n");
  // Ctrl-C: an orderly end that can be gone on from.
  EXPECT_EQ(sweep.end(SIGINT), 1);
  EXPECT_EQ(ask(results, "SELECT count(*) FROM results WHERE status = 'pending'"), "1\n");
}

TEST(SweepCommand, AGroupThatIsToldToEndLeavesNoFailure) {
  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
  for (const int signal : {SIGINT, SIGTERM}) {
    Background sweep("sweep " + directory.write("s.toml", kLong) + " -o " + results +
                     " --resume -j 2");
    ASSERT_EQ(workers_of(sweep, 2).size(), 2U);
    kill(-sweep.pid(), signal);
    EXPECT_EQ(sweep.end(0), 1);
    EXPECT_EQ(ask(results, "SELECT count(*) FROM results WHERE status = 'pending'"), "2\n");
  }
}

TEST(SweepCommand, WorkersEndWithTheirParent) {
  const TemporaryDirectory directory;
  Background sweep("sweep " + directory.write("s.toml", kLong) + " -o " +
                   directory.path("r.sqlite") + " -j 2");
  const std::vector<int> workers = workers_of(sweep, 2);
  ASSERT_EQ(workers.size(), 2U);
  sweep.end(SIGKILL);
  const auto lives = [](int process) {
    std::string state;
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;)
      if (word == "State:") status >> state;
    return !state.empty() && state != "Z";
  };
  for (int i = 0; i < 200 && (lives(workers[0]) || lives(workers[1])); ++i)
    std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(lives(workers[0]));
  EXPECT_FALSE(lives(workers[1]));
}

TEST(SweepCommand, KilledAgainAndAgainEndsAsIfUndisturbed) {
  const TemporaryDirectory directory;
  const std::string specification = directory.write(
      "s.toml",
      "[base]\nworkload = \"gups:size=16MiB,updates=2000\"\n"
      "[axes]\nmode = [\"native\", \"base-virtualized\", \"vmm-direct\", \"dual-direct\"]\n"
      "seed = {from = 1, to = 5, step = 1}\n\"l2_tlb.entries\" = {from = 64, to = 512, step = "
      "64}\n");
  const std::string undisturbed = directory.path("undisturbed.sqlite");
  const std::string killed = directory.path("killed.sqlite");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(run_program("sweep " + specification + " -o " + undisturbed).code, 0);
  const auto whole =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  const std::string command = "sweep " + specification + " --resume -j 2 -o " + killed;
  std::mt19937 random(7);
  int partial = 0;
  for (int i = 0; i < 10; ++i) {
    Background sweep(command);
    std::this_thread::sleep_for(whole * std::uniform_int_distribution(0, 300)(random) / 1000);
    sweep.end(SIGKILL);
    partial += std::filesystem::exists(killed) ? 1 : 0;
  }
  EXPECT_GT(partial, 0);
  EXPECT_EQ(run_program(command).code, 0);
  EXPECT_EQ(ask(killed, "SELECT count(*), count(DISTINCT point) FROM results"), "160|160\n");
  EXPECT_EQ(rows(killed), rows(undisturbed));
}

TEST(SweepCommand, RefusesWrongInput) {
  const TemporaryDirectory directory;
  const std::string good = directory.write("s.toml", kSmall);
  const std::string output = " -o " + directory.path("r.sqlite");
  for (const std::string& arguments :
       {std::string(), good, "none.toml" + output, directory.path(".") + output,
        good + output + " -j 0", good + output + " --retry-failed",
        good + " -o " + directory.path("none/r.sqlite"),
        directory.write("1.toml", "[axes]\nseed = [1]\n") + output,
        directory.write("2.toml", "[base]\ntrace = \"none\"\n[axes]\nseed = [1]\n") + output,
        directory.write("3.toml", "[base]\ntrace = \"-\"\n[axes]\nseed = [1]\n") + output,
        directory.write("4.toml", "[base]\nworkload = \"gup\"\n[axes]\nseed = [1]\n") + output}) {
    const Outcome outcome = run_program("sweep " + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.out;
    EXPECT_EQ(outcome.err.rfind("nestwalk: ", 0), 0U) << arguments << ": " << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists(directory.path("r.sqlite")));
  const Outcome folder = run_program(
      "sweep " + directory.write("5.toml", "[base]\ntrace = \"/\"\n[axes]\nseed = [1]\n") + output);
  EXPECT_EQ(folder.err, "nestwalk: /: is a directory; a trace is one file\n");
}

TEST(SweepCommand, WritesToARegularFileOnly) {
  const TemporaryDirectory directory;
  const std::string command = "sweep " + directory.write("s.toml", kSmall) + " -o ";
  ASSERT_EQ(mkfifo(directory.path("fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", directory.path("device"));
  std::filesystem::create_directory(directory.path("folder"));
  for (const char* name : {"fifo", "device", "folder"})
    for (const char* resume : {"", " --resume"}) {
      const Outcome outcome = run_program(command + directory.path(name) + resume);
      EXPECT_EQ(outcome.code, 2) << name;
      EXPECT_NE(outcome.err.find("must be a regular file"), std::string::npos) << outcome.err;
    }
  EXPECT_TRUE(std::filesystem::is_symlink(directory.path("device")));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const Outcome pipe = run_program(command + "-", "", directory.path("folder"));
  EXPECT_EQ(pipe.code, 2);
  EXPECT_NE(pipe.err.find("must be a regular file"), std::string::npos) << pipe.err;
  EXPECT_TRUE(std::filesystem::is_empty(directory.path("folder")));
}

TEST(SweepCommand, GoesOnWithNoDatabaseButASweeps) {
  const TemporaryDirectory directory;
  const std::string foreign = directory.path("foreign.sqlite");
  Database(foreign, Database::Access::kWrite).execute("CREATE TABLE results (a)");
  const std::string before = directory.read("foreign.sqlite");
  const std::string command = "sweep " + directory.write("s.toml", kSmall) + " -o ";
  const Outcome outcome = run_program(command + foreign + " --resume");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("is not a sweep's results"), std::string::npos) << outcome.err;
  EXPECT_EQ(directory.read("foreign.sqlite"), before);
  EXPECT_EQ(directory.names().size(), 2U);
}

TEST(SweepCommand, DoesNotReplaceWhatItReads) {
  const TemporaryDirectory directory;
  const std::string trace = directory.write("t.txt", "R 0x1000 8\n");
  const std::string text = "[base]\ntrace = \"" + trace + "\"\n[axes]\nseed = [1]\n";
  const std::string specification = directory.write("s.toml", text);
  for (const std::string& output : {specification, trace})
    EXPECT_EQ(run_program("sweep " + specification + " -o " + output).code, 2) << output;
  EXPECT_EQ(directory.read("s.toml"), text);
  EXPECT_EQ(directory.read("t.txt"), "R 0x1000 8\n");
}

TEST(SweepCommand, ThatIsTooLargeIsRefused) {
  const TemporaryDirectory directory;
  const std::string specification = directory.write(
      "s.toml",
      "[base]\nworkload = \"gups\"\n[axes]\nseed = {from = 1, to = 1000000, step = 1}\n"
      "warmup = {from = 1, to = 1000000, step = 1}\nreferences = {from = 1, to = 1000000, step = "
      "1}\n");
  const Outcome outcome = run_program("sweep " + specification + " -o " + directory.path("r"));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("more than 1000000 points"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace nestwalk
