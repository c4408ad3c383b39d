// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

const std::string kWorkload = "verify --workload chase:size=16MiB,references=40000 ";

TEST(VerifyCommand, WritesTheInterfacesJson) {
  const Outcome outcome = run_program(kWorkload + "--tolerance 10 --json -");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_TRUE(json.at("holds"));
  EXPECT_TRUE(json.at("closed_form").at("holds"));
  EXPECT_EQ(json.at("tolerance"), 10);
  EXPECT_EQ(json.at("delta_vd"), 5);
  EXPECT_TRUE(json.at("delta_vd").is_number_integer());
  EXPECT_EQ(json.at("delta_gd"), 1);
  EXPECT_TRUE(json.at("m_n").is_number_integer());
  const auto& vmm = json.at("modes").at("vmm-direct");
  EXPECT_EQ(vmm.at("f").at("vd"), 1);
  const double predicted = (json.at("c_n").get<double>() + 5) * json.at("m_n").get<double>();
  EXPECT_NEAR(vmm.at("predicted_cycles").get<double>(), predicted, 1e-6 * predicted);
  const double error = vmm.at("simulated_cycles").get<double>() / predicted - 1;
  EXPECT_NEAR(vmm.at("error").get<double>(), error, 1e-9);
  const auto& because = vmm.at("because");
  EXPECT_NEAR(because.at("miss_count").get<double>() + because.at("walk_cost").get<double>() +
                  because.at("check_cost").get<double>(),
              error, 1e-9);
  EXPECT_TRUE(json.at("modes").at("dual-direct").at("error").is_null());
  EXPECT_EQ(json.at("modes").at("native-direct").at("f").at("ds"), 1);
}

TEST(VerifyCommand, ExitsOnePastTheTolerance) {
  const Outcome outcome = run_program(kWorkload + "--tolerance 0.000001");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("closed form holds"), std::string::npos);
  EXPECT_NE(outcome.out.find("FAILS"), std::string::npos);
}

TEST(VerifyCommand, RefusesAPipe) {
  const Outcome outcome = run_program("verify --trace -", "R 0x1000\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("only once"), std::string::npos) << outcome.err;
}

TEST(VerifyCommand, HelpsWithWhatItTakes) {
  const std::string help = run_program("verify --help").out;
  for (const char* option : {"--beside", "--mode", "- for standard input"})
    EXPECT_EQ(help.find(option), std::string::npos) << option;
  EXPECT_NE(help.find("--trace FILE"), std::string::npos) << help;
  const Outcome outcome = run_program(kWorkload + "--beside mcf");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("verify each alone"), std::string::npos) << outcome.err;
}

TEST(VerifyCommand, SaysThatItNeverRunsTheManagedSoftware) {
  for (const char* mode : {"", " --set mode=native", " --set mode=dual-direct"}) {
    const Outcome outcome = run_program(kWorkload + "--set software.model=managed" + mode);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("never the managed software"), std::string::npos) << outcome.err;
  }
}

TEST(VerifyCommand, RefusesAStreamThatChangesItsSetting) {
  const TemporaryDirectory directory;
  const std::string trace =
      directory.write("t.txt", "R 0x10000000000 8\nC cr3 0x1001\nR 0x10000000000 8\n");
  const Outcome outcome = run_program("verify --trace " + trace);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("changes the address space or the segments while it runs"),
            std::string::npos)
      << outcome.err;
}

TEST(VerifyCommand, RefusesWrongUsage) {
  EXPECT_EQ(run_program("verify --workload nothing").code, 2);
  EXPECT_EQ(run_program("verify --workload gups --mode native").code, 2);
  EXPECT_EQ(run_program("verify --workload gups --tolerance -1").code, 2);
  EXPECT_EQ(run_program("verify --workload gups --tolerance nan").code, 2);
}

}  // namespace
}  // namespace nestwalk
