// SPDX-License-Identifier: Apache-2.0
// Sweeps on Slurm, as far as it can be told without one: with tools that stand in for it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/sim/cli/sweep_database.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

TEST(SweepOnSlurm, LeavesNothingWhereSlurmDoesNotTakeIt) {
  const TemporaryDirectory directory;
  const std::string command =
      "sweep " + directory.write("s.toml", kSmall) + " --slurm -o " + directory.path("r.sqlite");
  const auto with_slurm = [&](const std::string& sbatch) {
    std::filesystem::create_directories(directory.path("bin"));
    for (const char* tool : {"bin/sbatch", "bin/squeue"}) {
      directory.write(tool, "#!/bin/sh\n" + sbatch);
      std::filesystem::permissions(directory.path(tool), std::filesystem::perms::all);
    }
    const std::string shell =
        directory.write("run.sh", "PATH=" + directory.path("bin") + ":$PATH " + NESTWALK_PROGRAM +
                                      " " + command + " 2>" + directory.path("err") + " >&2\n");
    return WEXITSTATUS(std::system(("sh " + shell).c_str()));
  };
  if (std::system("command -v sbatch >/dev/null") != 0) {
    const Outcome outcome = run_program(command);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("sbatch is not on the PATH"), std::string::npos) << outcome.err;
    EXPECT_EQ(directory.names(), std::vector<std::string>{"s.toml"});
  }
  EXPECT_EQ(with_slurm("echo unable to contact the controller; exit 1\n"), 2);
  EXPECT_NE(directory.read("err").find("unable to contact"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory.path("r.sqlite")));
  EXPECT_FALSE(std::filesystem::exists(directory.path("r.sqlite.shards")));
}

/// As a site's Slurm may be: it has a note for whoever asks, and needs a while.
TEST(SweepOnSlurm, TakesNoNoteOfSlurmsForAnAnswer) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path("bin"));
  const auto write_tool = [&](const std::string& name, const std::string& script) {
    directory.write("bin/" + name, "#!/bin/sh\necho your account will be charged >&2\n" + script);
    std::filesystem::permissions(directory.path("bin/" + name), std::filesystem::perms::all);
  };
  write_tool("sbatch",
             "for last; do :; done\n"
             "for task in 0 1; do (sleep 1; SLURM_ARRAY_TASK_ID=$task sh \"$last\") "
             ">/dev/null 2>&1 & done\necho '28119;cluster'\n");
  write_tool("squeue", "test \"$2\" = --jobs=28119 || echo Invalid job id >&2\n");
  const std::string script = directory.write(
      "run.sh", "PATH=" + directory.path("bin") + ":$PATH " + NESTWALK_PROGRAM + " sweep " +
                    directory.write("s.toml", kSmall) + " --slurm --slurm-tasks 2 -o " +
                    directory.path("r.sqlite") + " 2>" + directory.path("err") + " >" +
                    directory.path("out") + "\n");
  EXPECT_EQ(WEXITSTATUS(std::system(("sh " + script).c_str())), 0) << directory.read("err");
  EXPECT_NE(directory.read("out").find(" 0 failed, 0 pending"), std::string::npos);
  write_tool("sbatch", "echo 'Submitted batch job 28119'\n");
  std::filesystem::remove(directory.path("r.sqlite"));
  EXPECT_EQ(WEXITSTATUS(std::system(("sh " + script).c_str())), 1);
  EXPECT_NE(directory.read("err").find("sbatch tells no number of the job"), std::string::npos);
}

/// Ctrl-C reaches all that a terminal runs: sbatch must get to tell the number of a job that runs.
/// Whoever runs this test may ignore it.
TEST(SweepOnSlurm, NotesAJobThatIsSubmittedWhileItIsInterrupted) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path("bin"));
  for (const char* tool : {"bin/sbatch", "bin/squeue"}) {
    directory.write(tool, "#!/bin/sh\nkill -INT 0\nsleep 0.2\necho 28119\n");
    std::filesystem::permissions(directory.path(tool), std::filesystem::perms::all);
  }
  const std::string script = directory.write(
      "run.sh", "PATH=" + directory.path("bin") + ":$PATH exec env --default-signal=INT " +
                    NESTWALK_PROGRAM + " sweep " + directory.write("s.toml", kSmall) +
                    " --slurm -o " + directory.path("r.sqlite") + " >" + directory.path("out") +
                    "\n");
  EXPECT_EQ(WEXITSTATUS(std::system(("setsid -w sh " + script).c_str())), 1);
  EXPECT_EQ(directory.read("r.sqlite.shards/job"), "28119\n");
  EXPECT_NE(directory.read("out").find("--resume waits for a job"), std::string::npos);
}

}  // namespace
}  // namespace nestwalk
