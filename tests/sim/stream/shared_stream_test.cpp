// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/shared_stream.h"

#include <gtest/gtest.h>

#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/report/run_result.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPlenty = uint64_t{64} << 20;

/// Two regions.
std::string trace_text() {
  std::string text;
  for (int i = 0; i < 6000; ++i) {
    text += "R 0x" + std::to_string(10000000 + i * 40) + " 8\n";
    if (i % 3 == 0) text += "W 0x7f00" + std::to_string(10000000 + i * 16) + " 8\n";
  }
  return text;
}

Config config_of(const std::string& trace) {
  Config config;
  config.trace = trace;
  config.mode = Mode::kDualDirect;
  config.core.cpi.reset();
  return config;
}

nlohmann::ordered_json result(const Config& config, Stream& stream) {
  Machine machine(config, stream, {});
  machine.run();
  return to_json(machine.result());
}

nlohmann::ordered_json result_of_run(const Config& config) {
  nlohmann::ordered_json json = to_json(run({config, std::nullopt, false}));
  json.erase("host");
  return json;
}

TEST(SharedStream, GivesTheResultsOfARun) {
  const TemporaryDirectory directory;
  const Config config = config_of(directory.write("trace.txt", trace_text()));
  const auto shared = SharedStream::decode(config, kPlenty);
  ASSERT_NE(shared, nullptr);
  EXPECT_EQ(shared->bytes(), 8000 * sizeof(Reference));
  const auto expected = result_of_run(config);
  for (int again = 0; again < 2; ++again) EXPECT_EQ(result(config, *shared->open()), expected);
}

TEST(SharedStream, GivesTheResultsOfAWorkload) {
  Config config;
  config.workload = "gups:size=16MiB,updates=3000";
  config.mode = Mode::kGuestDirect;
  const auto shared = SharedStream::decode(config, kPlenty);
  EXPECT_EQ(result(config, *shared->open()), result_of_run(config));
}

TEST(SharedStream, HoldsNoMoreThanIsAskedForButKnowsTheWholeRegion) {
  const TemporaryDirectory directory;
  Config config = config_of(directory.write("trace.txt", trace_text()));
  const auto whole = SharedStream::decode(config, kPlenty);
  config.warmup = 10;
  config.references = 20;
  const auto part = SharedStream::decode(config, kPlenty);
  EXPECT_LT(part->bytes(), whole->bytes());
  ASSERT_TRUE(part->open()->primary_region());
  EXPECT_EQ(part->open()->primary_region()->limit, whole->open()->primary_region()->limit);
  EXPECT_EQ(result(config, *part->open()), result_of_run(config));
}

TEST(SharedStream, RefusesToHoldMoreThanItMay) {
  Config config;
  config.workload = "gups:size=16MiB,updates=10000";
  EXPECT_EQ(SharedStream::decode(config, 10000 * sizeof(Reference)), nullptr);
  EXPECT_NE(SharedStream::decode(config, kPlenty), nullptr);
}

}  // namespace
}  // namespace nestwalk
