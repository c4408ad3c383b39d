// SPDX-License-Identifier: Apache-2.0
// Results of a set of runs, kept exactly: whatever changes one of them is noticed. Where a change
// is meant, NESTWALK_REGENERATE=1 in the environment writes them anew (tests/golden/README.md).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

const std::string kGolden = std::string(NESTWALK_TEST_DATA) + "/../golden";

struct Run {
  std::string name;
  std::string arguments;
};

void PrintTo(const Run& run, std::ostream* out) {
  *out << run.arguments;
}

std::vector<Run> runs() {
  std::vector<Run> runs;
  std::ifstream file(kGolden + "/runs");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const size_t colon = line.find(": ");
    std::string arguments = line.substr(colon + 2);
    if (const size_t at = arguments.find('@'); at != arguments.npos)
      arguments.replace(at, 1, kGolden);
    runs.push_back({line.substr(0, colon), arguments});
  }
  return runs;
}

/// What is kept: the counts, not what the arguments say already.
Json kept(Json result) {
  for (const char* member : {"nestwalk", "config", "host"}) result.erase(member);
  return result;
}

/// Every member of `expected` with its value in `actual`, which may have more: new statistics
/// change no result.
void expect_members(const Json& expected, const Json& actual, const std::string& path) {
  if (!expected.is_object()) {
    EXPECT_EQ(expected, actual) << path;
    return;
  }
  for (const auto& [name, value] : expected.items()) {
    ASSERT_TRUE(actual.contains(name)) << path << "/" << name;
    expect_members(value, actual.at(name), path + "/" + name);
  }
}

class Golden : public testing::TestWithParam<Run> {};

TEST_P(Golden, Run) {
  const std::string file = kGolden + "/expected/" + GetParam().name + ".json";
  const Outcome outcome = run_program("run --json - " + GetParam().arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json result = kept(Json::parse(outcome.out));
  if (std::getenv("NESTWALK_REGENERATE") != nullptr) {
    std::ofstream(file) << result.dump(1) << "\n";
    return;
  }
  std::ifstream expected(file);
  ASSERT_TRUE(expected) << file << " is missing";
  expect_members(Json::parse(expected), result, "");
}

INSTANTIATE_TEST_SUITE_P(, Golden, testing::ValuesIn(runs()), [](const auto& test) {
  std::string name = test.param.name;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

}  // namespace
}  // namespace nestwalk
