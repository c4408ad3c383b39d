// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "tests/sim/cli/sweep_database.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

TEST(SweepReuse, TakesOverWhatAnEarlierSweepHasDone) {
  const TemporaryDirectory directory;
  const std::string base = "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n";
  const auto sweep = [&](const std::string& name, const std::string& text,
                         const std::string& options = {}) {
    return run_program("sweep " + directory.write(name + ".toml", text) + " -o " +
                       directory.path(name + ".sqlite") + options);
  };
  const auto reuse = [&](const std::string& name) {
    return " --reuse " + directory.path(name + ".sqlite");
  };
  const std::string more = base + "[axes]\n\"core.cpi\" = [0.1, 0.3]\nseed = [2, 3]\n";
  EXPECT_EQ(sweep("first", base + "[axes]\nseed = [1, 2]\n\"core.cpi\" = [0.3, 0.7]\n").code, 0);
  const Outcome taken = sweep("more", more, reuse("first"));
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_NE(taken.out.find(": 1 point taken over from "), std::string::npos) << taken.out;
  EXPECT_EQ(sweep("anew", more).code, 0);
  EXPECT_EQ(rows(directory.path("more.sqlite")), rows(directory.path("anew.sqlite")));
  const std::string fewest = ask(directory.path("more.sqlite"),
                                 "SELECT point FROM results ORDER BY cycles, point LIMIT 1");
  const Outcome nothing_run = sweep("more", more, " --resume");
  EXPECT_NE(nothing_run.out.find(", point " + fewest.substr(0, fewest.size() - 1) + ": core.cpi"),
            std::string::npos)
      << nothing_run.out;
  EXPECT_EQ(ask(directory.path("more.sqlite"),
                "SELECT seconds FROM results WHERE seed = 2 AND "
                "\"core.cpi\" = 0.3"),
            ask(directory.path("first.sqlite"),
                "SELECT seconds FROM results WHERE seed = 2 AND "
                "\"core.cpi\" = 0.3"));

  const std::string other =
      base + "mode = \"vmm-direct\"\n[axes]\nseed = [1]\n\"core.cpi\" = [0.3]\n";
  const Outcome refused = sweep("refused", other, reuse("first"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("first.sqlite: has done no point of this sweep: "
                             "mode is \"native\" there and \"vmm-direct\" here"),
            std::string::npos)
      << refused.err;
  EXPECT_FALSE(std::filesystem::exists(directory.path("refused.sqlite")));
}

// What base and axes say together counts: a key that moves from one to the other, or is said to be
// what it is anyway, makes no other run.
TEST(SweepReuse, TakesOverRunsWhicheverAxesTheyComeFrom) {
  const TemporaryDirectory directory;
  const std::string workload = "workload = \"gups:size=16MiB,updates=1000\"\n";
  const auto sweep = [&](const std::string& name, const std::string& text,
                         const std::string& reuse = {}) {
    std::string options;
    if (!reuse.empty()) options = " --reuse " + directory.path(reuse + ".sqlite");
    const Outcome outcome = run_program("sweep " + directory.write(name + ".toml", text) + " -o " +
                                        directory.path(name + ".sqlite") + options);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  sweep("first", "[base]\n" + workload + "mode = \"native\"\n[axes]\nseed = [1, 2]\n");
  const std::string more = "[base]\n" + workload +
                           "timing = \"lt\"\n[axes]\nmode = [\"vmm-direct\", \"native\"]\n"
                           "seed = [1]\n\"l2_tlb.ways\" = [4, 8]\n"
                           "\"memory.data_path\" = [true, false]\n";
  const std::string taken = sweep("more", more, "first");
  EXPECT_NE(taken.find(": 1 point taken over from "), std::string::npos) << taken;
  sweep("anew", more);
  EXPECT_EQ(rows(directory.path("more.sqlite")), rows(directory.path("anew.sqlite")));
  EXPECT_EQ(ask(directory.path("more.sqlite"),
                "SELECT seconds FROM results WHERE mode = 'native' AND \"l2_tlb.ways\" = 4 AND "
                "\"memory.data_path\""),
            ask(directory.path("first.sqlite"), "SELECT seconds FROM results WHERE seed = 1"));

  // The run finds the region of a trace, which it was not told.
  const std::string trace = "trace = \"" + directory.write("t.txt", "R 0x1000\n") + "\"\n";
  const std::string direct = "mode = \"guest-direct\"\n";
  sweep("traced", "[base]\n" + trace + direct + "[axes]\nseed = [1]\n");
  const std::string found = sweep("found",
                                  "[base]\n" + direct + "[axes]\n" + trace.substr(0, 8) + "[" +
                                      trace.substr(8, trace.size() - 9) + "]\n",
                                  "traced");
  EXPECT_NE(found.find(": 1 point taken over from "), std::string::npos) << found;
  const Outcome told = run_program(
      "sweep " +
      directory.write("told.toml", "[base]\n" + trace + direct +
                                       "software.primary_region = [\"0x1000\", \"0x2000\"]\n"
                                       "[axes]\nseed = [1]\n") +
      " -o " + directory.path("told.sqlite") + " --reuse " + directory.path("traced.sqlite"));
  EXPECT_EQ(told.code, 2);
  EXPECT_NE(told.err.find("traced.sqlite: has done no point of this sweep: software.primary_region "
                          "is unset there and [\"0x1000\", \"0x2000\"] here\n"),
            std::string::npos)
      << told.err;
}

TEST(SweepReuse, RunsAnewWhatRunsATraceThatHasChanged) {
  const TemporaryDirectory directory;
  const std::string kept = directory.write("kept.txt", "R 1000\nR 2000\n");
  const std::string changed = directory.write("changed.txt", "R 1000\n");
  const auto sweep = [&](const std::string& name, const std::string& text,
                         const std::string& options) {
    return run_program("sweep " + directory.write(name + ".toml", text) + " -o " +
                       directory.path(name + ".sqlite") + options);
  };
  const std::string reuse = " --reuse " + directory.path("first.sqlite");
  const std::string spec = "[base]\n[axes]\ntrace = [\"" + kept + "\", \"" + changed +
                           "\"]\n\"core.cpi\" = [0.3, 0.7]\n";
  const std::string beside = "[base]\ntrace = \"" + kept + "\"\nbeside = [\"" + changed +
                             "\"]\n\"core.count\" = 2\n[axes]\nseed = [1, 2]\n";
  ASSERT_EQ(sweep("first", spec, "").code, 0);
  ASSERT_EQ(sweep("two", beside, "").code, 0);
  directory.write("changed.txt", "R 1000\nR 2000\nR 3000\n");
  const Outcome taken = sweep("again", spec, reuse);
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_NE(taken.out.find(": 2 points taken over from "), std::string::npos) << taken.out;
  EXPECT_NE(taken.out.find("changed.txt: has changed since "), std::string::npos) << taken.out;
  EXPECT_EQ(
      ask(directory.path("again.sqlite"), "SELECT \"references\" FROM results ORDER BY point"),
      "2\n2\n3\n3\n");

  const Outcome refused =
      sweep("none", "[base]\ntrace = \"" + changed + "\"\n[axes]\n\"core.cpi\" = [0.3]\n", reuse);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("changed.txt: has changed since "), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(directory.path("none.sqlite")));
  EXPECT_EQ(sweep("two-again", beside, " --reuse " + directory.path("two.sqlite")).code, 2);
}

TEST(SweepReuse, SaysWhatIsDamagedInAnEarlierSweepBeforeItWrites) {
  const TemporaryDirectory directory;
  const std::string base = "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n";
  const std::string specification =
      directory.write("s.toml", base + "[axes]\nseed = [1]\n\"core.cpi\" = [0.3]\n");
  const std::string earlier = directory.path("earlier.sqlite");
  const auto sweep = [&](const std::string& options) {
    return run_program("sweep " + specification + " -o " + options);
  };
  const auto reuse = [&] { return sweep(directory.path("new.sqlite") + " --reuse " + earlier); };
  ASSERT_EQ(sweep(earlier).code, 0);
  const std::string sound = directory.read("earlier.sqlite");
  for (const auto& [damage, said] :
       {std::pair("UPDATE results SET json = json_set(json, '$.config.core.cpi', 'x')",
                  "point 0: its configuration is damaged: core.cpi: "),
        std::pair("UPDATE results SET json = json_remove(json, '$.config.core')",
                  "point 0: its configuration is damaged: "),
        std::pair("UPDATE sweep SET identity = json_set(identity, '$.base', json('{\"a\":1}'))",
                  "point 0: its configuration is damaged: a: "),
        std::pair("UPDATE results SET status = 'failed'", "has done no point\n"),
        std::pair("UPDATE sweep SET version = '1'", "was begun by nestwalk 1, this is "),
        std::pair("ALTER TABLE results DROP COLUMN host",
                  "is damaged: a column of its results is missing\n")}) {
    directory.write("earlier.sqlite", sound);
    ask(earlier, damage);
    const Outcome outcome = reuse();
    EXPECT_EQ(outcome.code, 2) << damage;
    EXPECT_NE(outcome.err.find("earlier.sqlite: " + std::string(said)), std::string::npos)
        << damage << ": " << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(directory.path("new.sqlite"))) << damage;
  }
  directory.write("earlier.sqlite", sound);
  EXPECT_EQ(reuse().code, 0) << "without damage";
  EXPECT_EQ(sweep(directory.path("x.sqlite") + " --reuse ''").code, 2);
}

}  // namespace
}  // namespace nestwalk
