// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/campaign.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// A cell that answers with its value, and leaves a mark in `directory` each time it runs.
Cell cell(const TemporaryDirectory& directory, const std::string& name, int value) {
  Cell cell;
  cell.name = name;
  cell.parameters = {{"value", value}};
  const std::string marks = directory.path("marks");
  cell.simulate = [=] {
    FILE* file = std::fopen(marks.c_str(), "a");
    std::fputs((name + "\n").c_str(), file);
    std::fclose(file);
    return Json{{"value", value}};
  };
  return cell;
}

TEST(Campaign, RunsEveryCellOnce) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  for (int i = 0; i < 7; ++i) campaign.add(cell(directory, "cell " + std::to_string(i), i));
  campaign.add(cell(directory, "cell 3", 3));  // the same again
  campaign.run();
  for (int i = 0; i < 7; ++i)
    EXPECT_EQ(campaign.result("cell " + std::to_string(i)).at("value"), i);
  EXPECT_EQ(directory.read("marks").size(), 7 * 7u);
}

TEST(Campaign, GoesOnFromWhatIsKept) {
  const TemporaryDirectory directory;
  {
    Campaign campaign(directory.path("cells"));
    campaign.add(cell(directory, "a", 1));
    campaign.run();
  }
  Campaign campaign(directory.path("cells"));
  campaign.add(cell(directory, "a", 1));
  campaign.add(cell(directory, "b", 2));
  campaign.run();
  EXPECT_EQ(campaign.result("a").at("value"), 1);
  EXPECT_EQ(campaign.result("b").at("value"), 2);
  EXPECT_EQ(directory.read("marks"), "a\nb\n");
}

TEST(Campaign, RunsAgainWhatHasChanged) {
  const TemporaryDirectory directory;
  for (const int value : {1, 2, 2}) {
    Campaign campaign(directory.path("cells"));
    campaign.add(cell(directory, "a", value));
    campaign.run();
    EXPECT_EQ(campaign.result("a").at("value"), value);
  }
  EXPECT_EQ(directory.read("marks"), "a\na\n");
}

TEST(Campaign, KeyOfTheBuildIsThatOfTheRunningProgram) {
  EXPECT_NE(build_key().find(" build "), std::string::npos);
  EXPECT_EQ(build_key().find("cbf29ce484222325"), std::string::npos);  // the hash of no bytes
}

TEST(Campaign, PassesOverLinesThatAreNoCells) {
  const TemporaryDirectory directory;
  directory.write("cells",
                  "{\"build\":5}\n5\nnull\n[1]\n\"a\"\n{}\n{\"name\": \"a\"}\n{\"name\": \"a\", "
                  "\"build\": 5, \"parameters\": {}, \"result\": {}}\n");
  Campaign campaign(directory.path("cells"));
  campaign.add(cell(directory, "a", 1));
  campaign.run();
  EXPECT_EQ(campaign.result("a").at("value"), 1);
}

TEST(Campaign, SaysWhichCellFailed) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  Cell bad = cell(directory, "bad", 1);
  bad.simulate = []() -> Json { throw std::runtime_error("no such thing"); };
  campaign.add(bad);
  try {
    campaign.run();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "bad: no such thing");
  }
}

TEST(Campaign, RefusesTwoCellsOfOneName) {
  const TemporaryDirectory directory;
  Campaign campaign(directory.path("cells"));
  campaign.add(cell(directory, "a", 1));
  EXPECT_THROW(campaign.add(cell(directory, "a", 2)), std::logic_error);
}

}  // namespace
}  // namespace nestwalk
