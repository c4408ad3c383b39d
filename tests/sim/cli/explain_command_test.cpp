// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

const std::string kSmall = "--workload gups:size=16MiB,updates=2000 ";

TEST(ExplainCommand, ShowsAWalk) {
  const Outcome outcome =
      run_program("explain --mode base-virtualized --address 0x10000000000 " + kSmall);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("0x10000000000"), std::string::npos) << outcome.out;
}

TEST(ExplainCommand, DrawsAWalk) {
  const std::string arguments =
      "explain --mode base-virtualized --preset closed-form --address 0x10000000000 --svg - ";
  const Outcome outcome = run_program(arguments + kSmall);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("<svg ", 0), 0U);
  EXPECT_EQ(outcome.out.substr(outcome.out.size() - 7), "</svg>\n");
  EXPECT_NE(outcome.out.find(">24</text>"), std::string::npos);  // the last of 24 reads
  EXPECT_EQ(outcome.out.find(">25</text>"), std::string::npos);
  const TemporaryDirectory directory;
  const Outcome none = run_program("explain --mode dual-direct --address 0x10000000000 --svg " +
                                   directory.path("a.svg") + " " + kSmall);
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.out.find("answered by the segments"), std::string::npos)
      << "what is known is told";
}

TEST(ExplainCommand, WritesEveryStepAsJson) {
  const TemporaryDirectory directory;
  const std::string explain = "explain --mode base-virtualized --address 0x10000000000 " + kSmall;
  const Outcome both = run_program(explain + "--svg - --json " + directory.path("a.json"));
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(both.out.rfind("<svg ", 0), 0U);
  const Outcome json = run_program(explain + "--access w --json -");
  EXPECT_EQ(nlohmann::json::parse(json.out).at("access"), "w");
  EXPECT_EQ(nlohmann::json::parse(directory.read("a.json")).at("access"), "r");
  const Outcome clash = run_program(explain + "--svg - --json -");
  EXPECT_EQ(clash.code, 2);
  EXPECT_EQ(clash.out, "");
  EXPECT_EQ(clash.err, "nestwalk: --svg: and --json cannot both go to -\n");
  const std::string file = directory.path("both");
  EXPECT_EQ(run_program(explain + "--svg " + file + " --json " + directory.path("./both")).code, 2);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(run_program(explain + "--access q").code, 2);
}

TEST(ExplainCommand, RefusesStreamsBesideTheFirst) {
  const Outcome outcome = run_program("explain --address 0x10000000000 --beside mcf " + kSmall);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("beside: explain knows the addresses of one stream"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(run_program("explain --help").out.find("--beside"), std::string::npos);
}

TEST(ExplainCommand, NeedsAStreamThatGetsPastItsWarmUp) {
  const std::string explain = "explain --address 0x10000000000 --warmup ";
  EXPECT_EQ(run_program(explain + "4000 " + kSmall).code, 0);
  const Outcome outcome = run_program(explain + "4001 " + kSmall);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err.rfind("nestwalk: warmup: the stream ends after 4000", 0), 0U)
      << outcome.err;
}

TEST(ExplainCommand, NeedsAnAddress) {
  EXPECT_EQ(run_program("explain " + kSmall).code, 2);
  EXPECT_EQ(run_program("explain --address 4096 " + kSmall).code, 2);
  EXPECT_EQ(run_program("explain --address 0x1000").code, 2);
}

}  // namespace
}  // namespace nestwalk
