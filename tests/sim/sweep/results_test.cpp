// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/results.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"
#include "sim/process/build_key.h"
#include "sim/report/run_result.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

class ResultsTest : public testing::Test {
 protected:
  Specification specification(const std::string& axes = "seed = [1, 2, 3]\n") {
    return read_specification(
        directory.write("sweep.toml", "[base]\nworkload = \"gups\"\n[axes]\n" + axes));
  }
  void create(const std::string& name, const std::vector<int64_t>& numbers) {
    std::vector<NumberedPoint> points;
    for (const int64_t number : numbers) points.push_back({number, {Value(number + 1)}});
    Results::create(directory.path(name), specification(), points);
  }
  static PointOutcome done(uint64_t cycles) {
    RunResult result;
    result.cycles = cycles;
    result.walks.walks = 7;
    PointOutcome outcome;
    outcome.result = to_json(result);
    outcome.seconds = 0.5;
    outcome.peak_memory = 4096;
    return outcome;
  }
  static PointOutcome failed(const std::string& reason) {
    PointOutcome outcome;
    outcome.reason = reason;
    return outcome;
  }
  std::string ask(const std::string& name, const std::string& sql) {
    Database database(directory.path(name), Database::Access::kRead);
    Database::Statement query = database.prepare(sql);
    return query.step() ? query.text(0) : "";
  }

  const TemporaryDirectory directory;
};

TEST_F(ResultsTest, HoldsARowAPoint) {
  create("r", {0, 1, 2});
  const Specification given = specification();
  Results results(directory.path("r"), given);
  EXPECT_EQ(results.pending(), (std::vector<int64_t>{0, 1, 2}));
  results.record(1, done(1000));
  results.record(2, failed("it rained"));
  EXPECT_EQ(results.pending(), std::vector<int64_t>{0});
  EXPECT_EQ(results.tally().done, 1);
  EXPECT_EQ(results.tally().failed, 1);
  EXPECT_EQ(results.tally().total(), 3);
  EXPECT_EQ(ask("r", "SELECT group_concat(status) FROM results"), "pending,done,failed");
  EXPECT_EQ(ask("r", "SELECT walk_count FROM results WHERE point = 1"), "7");
  EXPECT_EQ(ask("r", "SELECT cycles FROM results WHERE seed = 2"), "1000");
  EXPECT_EQ(ask("r", "SELECT json_extract(json, '$.walks.count') FROM results WHERE point = 1"),
            "7");
  EXPECT_EQ(ask("r", "SELECT json_extract(config, '$.seed') FROM results WHERE point = 1"), "1");
  EXPECT_EQ(ask("r", "SELECT reason FROM results WHERE point = 2"), "it rained");
  EXPECT_EQ(ask("r", "PRAGMA journal_mode"), "wal");
}

TEST_F(ResultsTest, HasColumnsForWhatManagedSoftwareDid) {
  create("r", {0});
  RunResult result;
  result.software = SoftwareReport{};
  result.software->ledger.charge(Operation::kPageCopy, 5);
  result.software->guest_free.frames = 9;
  PointOutcome outcome;
  outcome.result = to_json(result);
  Results(directory.path("r"), specification()).record(0, outcome);
  EXPECT_EQ(ask("r", "SELECT software_operations_page_copy_count FROM results"), "5");
  EXPECT_EQ(ask("r", "SELECT software_guest_free_frames FROM results"), "9");
  EXPECT_EQ(ask("r", "SELECT fetch_references FROM results"), "");
}

TEST_F(ResultsTest, KeepsWhatIsFinished) {
  create("r", {0, 1, 2});
  const Specification given = specification();
  Results results(directory.path("r"), given);
  results.record(0, done(1000));
  results.record(0, done(2000));
  EXPECT_EQ(ask("r", "SELECT cycles FROM results WHERE point = 0"), "1000");
  results.record(1, failed("rain"));
  results.forget_failures();
  EXPECT_EQ(results.pending(), (std::vector<int64_t>{1, 2}));
}

TEST_F(ResultsTest, KnowsWhetherThereIsSomethingToGoOnWith) {
  EXPECT_FALSE(Results::has_points(directory.path("missing")));
  directory.write("empty", "");
  EXPECT_FALSE(Results::has_points(directory.path("empty")));
  directory.write("text", std::string(2000, 'x'));
  EXPECT_THROW(Results::has_points(directory.path("text")), InputError);
  create("r", {});
  EXPECT_FALSE(Results::has_points(directory.path("r")));
  create("r", {0});
  EXPECT_TRUE(Results::has_points(directory.path("r")));
}

TEST_F(ResultsTest, ReplacesAFileAsAWhole) {
  directory.write("r", "notes");
  directory.write("r-wal", "of something else");
  create("r", {0});
  EXPECT_EQ(directory.names().size(), 2U);  // sweep.toml and it
  std::filesystem::create_symlink("far", directory.path("link"));
  create("link", {0});
  EXPECT_TRUE(std::filesystem::is_symlink(directory.path("link")));
  EXPECT_TRUE(Results::has_points(directory.path("far")));
}

TEST_F(ResultsTest, AreReadWithoutATrace) {
  create("r", {0});
  EXPECT_EQ(ask("r", "SELECT count(*) FROM results"), "1");
  EXPECT_EQ(directory.names().size(), 2U);  // sweep.toml and it
}

TEST_F(ResultsTest, RefusesAnotherSpecification) {
  create("r", {0, 1, 2});
  const Specification other = specification("seed = [1, 2, 4]\n");
  try {
    const Results results(directory.path("r"), other);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("was 3 and is 4"), std::string::npos) << error.what();
  }
  const auto complaint = [this](const std::string& axes) {
    const Specification changed = specification(axes);
    try {
      const Results results(directory.path("r"), changed);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(complaint("seed = [1, 2, 3, 4]\n").find("axes/0/values/3 was nothing and is 4"),
            std::string::npos)
      << complaint("seed = [1, 2, 3, 4]\n");
  EXPECT_NE(complaint("seed = [1, 2]\n").find("axes/0/values/2 was 3 and is nothing"),
            std::string::npos)
      << complaint("seed = [1, 2]\n");
  EXPECT_NE(complaint("seed = [1, 2, 3]\nwarmup = [0]\n").find("axes/1 was nothing and is {"),
            std::string::npos)
      << complaint("seed = [1, 2, 3]\nwarmup = [0]\n");
  const Specification reordered = specification("# the same in other words\n\"seed\" = [1,2,3]\n");
  EXPECT_NO_THROW(Results(directory.path("r"), reordered));
}

TEST_F(ResultsTest, SaysWhatIsDamaged) {
  create("r", {0, 1, 2});
  const Specification given = specification();
  const auto complaint = [&](const std::string& sql) {
    const std::string copy = directory.write("copy", directory.read("r"));
    {
      Database database(copy, Database::Access::kWrite);
      database.execute(sql);
    }
    try {
      Results(copy, given).tally();
    } catch (const InputError& error) {
      return std::string(error.what()).substr(copy.size());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(complaint("UPDATE results SET status = 'doTe' WHERE point = 1"),
            ": is damaged: a point's status is \"doTe\"");
  EXPECT_EQ(complaint("ALTER TABLE results RENAME COLUMN walk_cycles TO walk_cykles"),
            ": is damaged: a column of its results is missing");
}

TEST_F(ResultsTest, RefusesAnotherBuildOfTheSameVersion) {
  create("r", {0, 1, 2});
  const std::string version = ask("r", "SELECT version FROM sweep");
  EXPECT_EQ(version, build_key());
  Database(directory.path("r"), Database::Access::kWrite)
      .execute("UPDATE sweep SET version = version || 'f'");
  try {
    const Results results(directory.path("r"), specification());
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what())
                  .find("was begun by nestwalk " + version + "f, this is " + version + ": "),
              std::string::npos)
        << error.what();
  }
}

TEST_F(ResultsTest, NoticesThatATraceIsAnother) {
  const std::string trace = directory.write("t.txt", "R 0x1000 8\n");
  const auto given = [&] {
    return read_specification(
        directory.write("sweep.toml", "[base]\ntrace = \"" + trace + "\"\n[axes]\nseed = [1]\n"));
  };
  Results::create(directory.path("r"), given(), {{0, {Value(int64_t{1})}}});
  const Specification same = given();
  EXPECT_NO_THROW(Results(directory.path("r"), same));
  directory.write("t.txt", "R 0x2000 8\n");
  EXPECT_THROW(Results(directory.path("r"), same), InputError);
}

TEST_F(ResultsTest, IsWrittenByOneSweepAtATime) {
  create("r", {0});
  const Specification given = specification();
  const Results first(directory.path("r"), given);
  EXPECT_THROW(Results(directory.path("r"), given), InputError);
}

TEST_F(ResultsTest, TakesOverTheFinishedPointsOfAShard) {
  create("r", {0, 1, 2});
  create("shard", {1, 2});
  const Specification given = specification();
  {
    Results shard(directory.path("shard"), given);
    shard.record(2, done(2000));
  }
  Results results(directory.path("r"), given);
  results.record(0, done(1000));
  results.merge(directory.path("shard"));
  EXPECT_EQ(results.pending(), std::vector<int64_t>{1});
  EXPECT_EQ(ask("r", "SELECT group_concat(coalesce(cycles, '-')) FROM results"), "1000,-,2000");
}

}  // namespace
}  // namespace nestwalk
