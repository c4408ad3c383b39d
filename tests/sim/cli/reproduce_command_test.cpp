// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

TEST(ReproduceCommand, WritesSiliconAndGoesOnFromIt) {
  const TemporaryDirectory directory;
  const std::string command = "reproduce silicon --scale 0.0001 -o " + directory.path("out");
  const Outcome first = run_program(command);
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, directory.path("out") + "/silicon.md\n");
  const std::string page = directory.read("out/silicon.md");
  EXPECT_NE(page.find("| median error |"), std::string::npos);
  EXPECT_NE(directory.read("out/silicon.svg").find("</svg>"), std::string::npos);
  const std::string csv = directory.read("out/silicon.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 237);

  const Outcome second = run_program(command);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.err.find("236 of 236 cells are finished"), std::string::npos) << second.err;

  const std::string cells = directory.read("out/cells.jsonl");
  directory.write("out/cells.jsonl",
                  std::regex_replace(cells, std::regex("stall_cycles"), "installed_cycles"));
  const Outcome damaged = run_program(command);
  EXPECT_EQ(damaged.code, 2);
  EXPECT_NE(damaged.err.find("out/cells.jsonl: a result in it is damaged"), std::string::npos)
      << damaged.err;
}

TEST(ReproduceCommand, RefusesWrongUsage) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run_program("reproduce fig1").code, 2);
  const Outcome unknown = run_program("reproduce fig12x -o " + directory.path("out"));
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("did you mean fig12?"), std::string::npos) << unknown.err;
  EXPECT_EQ(run_program("reproduce fig1 --scale 0 -o " + directory.path("out")).code, 2);
  const std::string file = directory.write("file", "");
  EXPECT_EQ(run_program("reproduce fig1 -o " + file).code, 2);
}

}  // namespace
}  // namespace nestwalk
