// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/sweep/database.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

class ComparedResults : public testing::Test {
 protected:
  std::string run(const std::string& name, const std::string& arguments) {
    const std::string file = directory.path(name);
    EXPECT_EQ(
        run_program("run --workload gups:size=16MiB,updates=2000 --json " + file + " " + arguments)
            .code,
        0);
    return file;
  }
  std::string sweep(const std::string& name, const std::string& base) {
    const std::string specification = directory.write(
        name + ".toml", "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n" + base +
                            "[axes]\nmode = [\"native\", \"vmm-direct\"]\nseed = [1, 2]\n");
    const std::string file = directory.path(name);
    EXPECT_EQ(run_program("sweep " + specification + " -o " + file).code, 0);
    return file;
  }

  static double change(const nlohmann::json& difference, const char* count) {
    return difference.at(count).at("is").get<double>() -
           difference.at(count).at("was").get<double>();
  }
  static double sum_of_parts(const nlohmann::json& difference) {
    double sum = 0;
    for (const auto& part : difference.at("because")) {
      EXPECT_EQ(part.get<double>(), std::round(part.get<double>()));
      sum += part.get<double>();
    }
    return sum;
  }

  const TemporaryDirectory directory;
};

TEST_F(ComparedResults, SaysWhatChangedAndWhy) {
  const std::string base = run("base", "--mode base-virtualized");
  const std::string vmm = run("vmm", "--mode vmm-direct --set l2_tlb.entries=1024");
  const Outcome outcome = run_program("compare " + base + " " + vmm);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* text : {"base-virtualized -> vmm-direct", "512 -> 1024", "number of walks",
                           "table reads in a walk"})
    EXPECT_NE(outcome.out.find(text), std::string::npos) << text << "\n" << outcome.out;
}

TEST_F(ComparedResults, NamesStreamsThatDifferAndSaysWhatTimeIsOf) {
  const std::string base = run("base", "");
  const std::string note = "\ntime is of a reference: not all have as many of them\n";
  const std::string alike = run_program("compare " + base + " " + base).out;
  EXPECT_EQ(alike.find("gups:"), alike.npos) << alike;
  EXPECT_EQ(alike.find(note), alike.npos) << alike;
  const std::string shorter = directory.path("shorter");
  ASSERT_EQ(run_program("run --workload gups:size=1GiB,updates=500 --json " + shorter).code, 0);
  const std::string other = run_program("compare " + base + " " + shorter).out;
  EXPECT_NE(other.find("  gups:size=1GiB,updates=500\n"), other.npos) << other;
  EXPECT_NE(other.find(note), other.npos) << other;
}

TEST_F(ComparedResults, SaysWhyADatabaseIsNotRead) {
  const std::string file = directory.write("text.sqlite", "no database");
  const Outcome outcome = run_program("compare " + file + ":1 " + file + ":2");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("no SQLite database"), std::string::npos) << outcome.err;
}

TEST_F(ComparedResults, SaysWhichKeysOneOfThemLacks) {
  const std::string whole = run("whole", "");
  auto result = nlohmann::json::parse(directory.read("whole"));
  result["config"]["l2_tlb"].erase("ways");
  const std::string part = directory.write("part", result.dump());
  for (const auto& [files, change] :
       {std::pair(whole + " " + part, "4 -> unset"), std::pair(part + " " + whole, "unset -> 4")}) {
    const Outcome outcome = run_program("compare " + files);
    EXPECT_NE(outcome.out.find("l2_tlb.ways"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find(change), std::string::npos) << outcome.out;
  }
}

TEST_F(ComparedResults, PartsSumToTheChange) {
  const std::string files = run("base", "--mode base-virtualized") + " " +
                            run("vmm", "--mode vmm-direct --set l2_tlb.entries=1024");
  const auto json = nlohmann::json::parse(run_program("compare --json - " + files).out);
  EXPECT_LT(change(json, "cycles"), -1000);
  EXPECT_EQ(sum_of_parts(json), change(json, "cycles"));
}

TEST_F(ComparedResults, OfSeveralCoresAreSplitByTheirTimeTogether) {
  const std::string beside = " --beside gups:size=64MiB,updates=500 --mode ";
  const std::string files =
      run("native", beside + "native") + " " + run("base", beside + "base-virtualized");
  const auto json = nlohmann::json::parse(run_program("compare --json - " + files).out);
  const auto native = nlohmann::json::parse(directory.read("native"));
  EXPECT_EQ(json.at("cycles").at("was"), native.at("cycles"));
  EXPECT_EQ(json.at("core_cycles").at("was"), native.at("core_cycles"));
  EXPECT_NE(change(json, "core_cycles"), change(json, "cycles"));
  EXPECT_EQ(sum_of_parts(json), change(json, "core_cycles"));
  // The walks' reads push data out of the caches a little: nothing next to what the walks take.
  EXPECT_LT(std::abs(json.at("because").at("instructions and data").get<double>()),
            0.05 * change(json, "core_cycles"));
  EXPECT_NE(run_program("compare " + files).out.find("all cores because of\n"), std::string::npos);
}

TEST_F(ComparedResults, AreNotSplitWhereReferencesOverlap) {
  const std::string overlapped = "--timing at --set core.outstanding=4 --ideal --mode ";
  const std::string files =
      run("native", overlapped + "native") + " " + run("base", overlapped + "base-virtualized");
  const auto json = nlohmann::json::parse(run_program("compare --json - " + files).out);
  EXPECT_GT(change(json, "cycles"), 0);
  EXPECT_EQ(json.at("because"), nlohmann::json::object());
  EXPECT_NE(run_program("compare " + files).out.find("walks overlap"), std::string::npos);
}

TEST_F(ComparedResults, WritesCountsAsIntegers) {
  const auto expect_integers = [](const nlohmann::json& difference) {
    for (const char* count : {"cycles", "walk_cycles"})
      for (const char* side : {"was", "is"})
        EXPECT_TRUE(difference.at(count).at(side).is_number_unsigned())
            << count << " " << side << ": " << difference.at(count);
  };
  const std::string files =
      run("base", "--mode base-virtualized") + " " + run("vmm", "--mode vmm-direct");
  const auto two = nlohmann::json::parse(run_program("compare --json - " + files).out);
  expect_integers(two);
  const auto run_alone = nlohmann::json::parse(directory.read("base"));
  EXPECT_EQ(two.at("cycles").at("was"), run_alone.at("cycles"));
  EXPECT_EQ(two.at("walk_cycles").at("was"), run_alone.at("walks").at("cycles"));

  const std::string one = sweep("one", "");
  const auto sweeps = nlohmann::json::parse(run_program("compare --json - " + one + " " + one).out);
  ASSERT_EQ(sweeps.at("points").size(), 4);
  for (const auto& point : sweeps.at("points")) expect_integers(point);
}

TEST_F(ComparedResults, HoldsWithinATolerance) {
  const std::string files = run("a", "--mode native") + " " + run("b", "--mode native --seed 2");
  EXPECT_EQ(run_program("compare --tolerance 0.5 " + files).code, 0);
  EXPECT_EQ(run_program("compare --tolerance 0 " + files).code, 1);
  const std::string same = directory.path("a") + " " + directory.path("a");
  EXPECT_EQ(run_program("compare --tolerance 0 " + same).code, 0);
}

TEST_F(ComparedResults, PairsThePointsOfTwoSweeps) {
  const std::string one = sweep("one", "");
  const std::string two = sweep("two", "latency.l2_tlb = 9\n");
  const Outcome same = run_program("compare --tolerance 0 " + one + " " + one);
  EXPECT_EQ(same.code, 0);
  EXPECT_NE(same.out.find("4 points done in both, 0 changed"), std::string::npos) << same.out;
  const Outcome other = run_program("compare --tolerance 0 " + one + " " + two);
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.out.find("4 points done in both, 4 changed"), std::string::npos) << other.out;
  EXPECT_NE(other.out.find("other translation time"), std::string::npos);
}

TEST(ComparedSweeps, TellPointsApartByEveryDigit) {
  const TemporaryDirectory directory;
  const std::string specification =
      directory.write("s.toml",
                      "[base]\nworkload = \"gups:size=1MiB,updates=100\"\n[axes]\n"
                      "core.cpi = [0.3, 0.30000000000000004, 0.5]\n");
  const std::string results = directory.path("r.sqlite");
  ASSERT_EQ(run_program("sweep " + specification + " -o " + results).code, 0);
  const Outcome same = run_program("compare --tolerance 0 " + results + " " + results);
  EXPECT_NE(same.out.find("3 points done in both, 0 changed"), std::string::npos) << same.out;
}

TEST_F(ComparedResults, TakesPointsOfASweep) {
  const std::string one = sweep("one", "");
  const Outcome outcome = run_program("compare " + one + ":0 " + one + ":2");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("native -> vmm-direct"), std::string::npos) << outcome.out;
}

TEST_F(ComparedResults, RefusesWhatCannotBeCompared) {
  const std::string one = sweep("one", "");
  const std::string result = run("a", "");
  for (const std::string& arguments :
       {std::string(), one + " " + result, one + ":9 " + result, one + ":x " + result,
        "none.json " + result, result + " " + result + " " + result + " --tolerance 1",
        result + " " + result + " --tolerance -1", directory.write("x", "{}") + " " + result})
    EXPECT_EQ(run_program("compare " + arguments).code, 2) << arguments;
}

TEST_F(ComparedResults, AreNamedAsTheyWere) {
  const std::string one = sweep("one", "");
  for (const char* point : {"9", "9223372036854775808", "18446744073709551615"})
    EXPECT_EQ(run_program("compare " + one + ":" + point + " " + one + ":0").err,
              "nestwalk: " + one + ": has no point " + point + "\n");
}

TEST_F(ComparedResults, OfWhichNoneIsInBothDoNotHold) {
  const auto failing = [this](const std::string& name) {
    const std::string file = directory.path(name);
    EXPECT_EQ(run_program("sweep " +
                          directory.write(name + ".toml",
                                          "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
                                          "[axes]\nl2_tlb.ways = [7]\n") +
                          " -o " + file)
                  .code,
              1);
    return file;
  };
  const std::string both = failing("one") + " " + failing("two");
  const Outcome outcome = run_program("compare --tolerance 1 " + both);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("no point is done in both"), std::string::npos) << outcome.out;
  EXPECT_EQ(run_program("compare " + both).code, 0);
}

TEST_F(ComparedResults, SayThatARunWasInterrupted) {
  const std::string whole = run("whole", "");
  auto result = nlohmann::json::parse(directory.read("whole"));
  result["host"]["interrupted"] = true;
  const std::string part = directory.write("part", result.dump());
  const Outcome outcome = run_program("compare " + whole + " " + part);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("interrupted: the second run"), std::string::npos) << outcome.out;
  EXPECT_EQ(run_program("compare --tolerance 1 " + whole + " " + part).code, 1);
  const auto json = nlohmann::json::parse(
      run_program("compare --tolerance 1 --json - " + part + " " + whole).out);
  EXPECT_EQ(json.at("interrupted"), (nlohmann::json{{"was", true}, {"is", false}}));
  EXPECT_EQ(json.at("holds"), false);
  const Outcome table = run_program("compare " + whole + " " + part + " " + whole);
  EXPECT_NE(table.out.find("  interrupted\n"), std::string::npos) << table.out;
}

TEST_F(ComparedResults, SayWhichOfThemIsDamaged) {
  const std::string result = run("a", "");
  const std::string cut = directory.write("cut", directory.read("a").substr(0, 50));
  const std::string one = sweep("one", "");
  Database(one, Database::Access::kWrite).execute("UPDATE results SET json = '{}' WHERE point = 1");
  for (const auto& [arguments, place] :
       {std::pair(result + " " + cut, cut + ": "),
        std::pair(result + " /tmp", std::string("/tmp: ")),
        std::pair(result + " " + directory.write("x", "{}"), directory.path("x") + ": "),
        std::pair(result + " " + one + ":1", one + ": point 1: "),
        std::pair(one + " " + one, one + ": point 1: ")}) {
    const Outcome outcome = run_program("compare " + arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.err.rfind("nestwalk: " + place, 0), 0U) << outcome.err;
  }
}

TEST_F(ComparedResults, HoldCountsAndNothingElse) {
  const std::string result = run("a", "");
  const auto whole = nlohmann::json::parse(directory.read("a"));
  for (const auto& [place, value] :
       std::vector<std::pair<std::string, nlohmann::json>>{{"/cycles", -5},
                                                           {"/cycles", 1.5},
                                                           {"/cycles", 1e300},
                                                           {"/cycles", UINT64_MAX},
                                                           {"/walks/count", true},
                                                           {"/overhead", -3.0},
                                                           {"/overhead", "none"},
                                                           {"/mode", 5},
                                                           {"/config/core/outstanding", "2"},
                                                           {"/host/interrupted", "yes"}}) {
    auto other = whole;
    other[nlohmann::json::json_pointer(place)] = value;
    const Outcome outcome =
        run_program("compare " + result + " " + directory.write("b", other.dump()));
    EXPECT_EQ(outcome.code, 2) << place << " " << value;
    EXPECT_EQ(outcome.err.rfind("nestwalk: " + directory.path("b") + ": not a result", 0), 0U)
        << outcome.err;
    EXPECT_NE(outcome.err.find(": " + place + " is " + value.dump()), std::string::npos)
        << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  const Outcome overflow = run_program("compare " + result + " " + directory.write("b", "[1e999]"));
  EXPECT_EQ(overflow.code, 2);
  EXPECT_EQ(overflow.err.rfind("nestwalk: " + directory.path("b") + ": ", 0), 0U) << overflow.err;
}

TEST_F(ComparedResults, AreNestedAsResultsAre) {
  const std::string result = run("a", "");
  const std::string whole = directory.read("a");
  for (const char* place : {"\"config\": {", "\"l1_tlb\": {", "{"}) {
    std::string deep = "\"deep\": ";
    for (int i = 0; i < 100000; ++i) deep += "{\"a\":";
    deep += "1" + std::string(100000, '}') + ",";
    std::string other = whole;
    other.insert(other.find(place) + std::string(place).size(), deep);
    const Outcome outcome = run_program("compare " + result + " " + directory.write("b", other));
    EXPECT_EQ(outcome.code, 2) << place;
    EXPECT_EQ(outcome.err.rfind("nestwalk: " + directory.path("b") + ": is nested too deep", 0), 0U)
        << outcome.err;
  }
}

TEST_F(ComparedResults, AreToldOfWhereTheyCannotBeRead) {
  const std::string result = run("a", "");
  const Outcome outcome = run_program("compare " + result + " /proc/self/mem");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "nestwalk: /proc/self/mem: cannot be read: Input/output error\n");
}

TEST_F(ComparedResults, AreNotReplaced) {
  const std::string result = run("a", "");
  const std::string before = directory.read("a");
  EXPECT_EQ(run_program("compare " + result + " " + result + " --json " + result).code, 2);
  EXPECT_EQ(directory.read("a"), before);
  const std::string swept = sweep("one", "");
  EXPECT_EQ(run_program("compare " + swept + ":0 " + swept + ":1 --json " + swept).code, 2);
  EXPECT_TRUE(Database::is_one(swept));
}

TEST_F(ComparedResults, StandInOneTableIfTheyAreSeveral) {
  std::string files;
  for (const std::string& mode :
       std::vector<std::string>{"native", "base-virtualized", "dual-direct"})
    files += " " + run(mode + ".json", "--mode " + mode);
  const Outcome outcome = run_program("compare" + files);
  EXPECT_EQ(outcome.code, 0);
  for (const char* row : {"\nnative           4K        1.000", "\nbase-virtualized 4K+4K ",
                          "\ndual-direct      4K+4K "})
    EXPECT_NE(outcome.out.find(row), std::string::npos) << row << "\n" << outcome.out;
}

}  // namespace
}  // namespace nestwalk
