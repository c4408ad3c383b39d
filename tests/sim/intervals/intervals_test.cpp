// SPDX-License-Identifier: Apache-2.0
#include "sim/intervals/intervals.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/experiment/run.h"
#include "sim/io/input_error.h"
#include "sim/report/run_result.h"
#include "sim/stream/trace.h"
#include "sim/stream/trace_writer.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

Config config_of(const std::string& workload) {
  Config config;
  config.workload = workload;
  config.mode = Mode::kBaseVirtualized;
  return config;
}

nlohmann::ordered_json whole(const Config& config) {
  nlohmann::ordered_json json = to_json(run({config, std::nullopt, false}));
  json.erase("host");
  return json;
}

IntervalOptions parts(size_t count, uint64_t warmup, size_t workers, bool measure_error = false) {
  IntervalOptions options;
  options.count = count;
  options.warmup = warmup;
  options.workers = workers;
  options.measure_error = measure_error;
  return options;
}

TEST(Intervals, OneIsTheWholeRun) {
  Config config = config_of("gups:size=16MiB,updates=3000");
  config.warmup = 500;
  nlohmann::ordered_json joined = run_intervals(config, parts(1, 100, 1, true));
  for (const auto& [name, error] : joined.at("intervals").at("error").items())
    EXPECT_EQ(error, 0) << name;
  joined.erase("intervals");
  EXPECT_EQ(joined, whole(config));
}

TEST(Intervals, CountEveryReferenceOnce) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += fmt::format("R {:#x} 8\n", 0x100000 + 44 * i);
  Config config;
  config.trace = directory.write("t.txt", text);  // some of these cross a page
  config.warmup = 7;
  const auto expected = whole(config);
  EXPECT_NE(expected.at("references"), 993);
  for (const size_t count : {2, 3, 10}) {
    const auto joined = run_intervals(config, parts(count, 50, 2));
    EXPECT_EQ(joined.at("references"), expected.at("references")) << count;
    EXPECT_EQ(joined.at("instructions"), expected.at("instructions")) << count;
    EXPECT_EQ(joined.at("area"), expected.at("area")) << count;
    EXPECT_EQ(joined.at("area_by_structure"), expected.at("area_by_structure")) << count;
    EXPECT_TRUE(joined.at("intervals").at("error").is_null());
  }
}

/// As many loads of a page each as it says, of pages that no other call names.
std::string loads(int count) {
  static int page = 0x100;
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("R {:#x} 8\n", 4096 * page++);
  return text;
}

// The second part begins where the guest segment is off and another process runs.
TEST(Intervals, RunUnderTheRegistersThatWereWrittenBefore) {
  const TemporaryDirectory directory;
  Config config;
  config.trace = directory.write("t.txt", loads(30) + "C guest-segment-limit 0\nC cr3 0x1001\n" +
                                              loads(30) + "C guest-segment-limit 0\n" + loads(140));
  config.mode = Mode::kGuestDirect;
  config.software.primary_region = {GuestVirtual(0), GuestVirtual(0x10000000)};
  for (const uint64_t warmup : {0, 20}) {
    const auto joined = run_intervals(config, parts(2, warmup, 1));
    const auto& classes = joined.at("walks").at("by_class");
    EXPECT_EQ(classes.at("guest_only"), 30 + 30);
    EXPECT_EQ(classes.at("neither"), 140);
    EXPECT_EQ(joined.at("instructions"), 200);
  }
}

TEST(Intervals, TakeAlongWhatStandsBehindTheLastReference) {
  const TemporaryDirectory directory;
  Config config;
  config.mmu.latency.invalidation = 9;
  config.memory.data_path = false;
  config.trace = directory.write("t.txt", loads(20) + "C retire i50\nC invlpg 0x1000\n");
  for (const size_t count : {1, 2}) {
    EXPECT_EQ(run_intervals(config, parts(count, 100, 1)).at("instructions"), 20 + 50);
    EXPECT_EQ(run_intervals(config, parts(count, 100, 1)).at("cycles"), whole(config).at("cycles"));
  }
  config.references = 20;
  EXPECT_EQ(run_intervals(config, parts(2, 100, 1)).at("instructions"), 20);
  config.references = 21;
  EXPECT_EQ(run_intervals(config, parts(2, 100, 1)).at("instructions"), 20 + 50);
}

TEST(Intervals, ErrLessWithMoreWarmUp) {
  const Config config = config_of("gups:size=1MiB,updates=20000");
  const auto error = [&](uint64_t warmup) {
    const auto joined = run_intervals(config, parts(8, warmup, 2, true));
    const double joined_cycles = joined.at("walks").at("cycles");
    const double stated = joined.at("intervals").at("error").at("walk_cycles");
    const double right = whole(config).at("walks").at("cycles");
    EXPECT_NEAR(stated, joined_cycles / right - 1, 1e-12);
    return std::abs(stated);
  };
  EXPECT_GT(error(0), 0.01);
  EXPECT_LT(error(4000), error(0) / 4);
}

IntervalOptions four(std::optional<uint64_t> memory, const std::string& results = {}) {
  IntervalOptions options = parts(4, 300, 2, true);
  options.memory = memory;
  options.results = results;
  return options;
}

TEST(Intervals, OfAStreamTooLongForMemoryAreTheSame) {
  const TemporaryDirectory directory;
  std::string text = "C cr3 0x1001\n";
  for (int i = 0; i < 9000; ++i) {
    text += fmt::format("{} {:#x} 8\n", i % 3 == 0 ? 'W' : 'R', 0x100000 + 500 * (i * i % 8000));
    if (i == 4000) text += "C guest-segment-limit 0x100000\n";
  }
  Config config;
  config.mode = Mode::kGuestDirect;
  config.trace = directory.write("t.txt", text);
  for (const uint64_t skip : {0, 1000}) {
    config.skip = skip;
    EXPECT_THROW(run_intervals(config, four(0)), InputError) << "not from any place";
    const std::string nwt = directory.path("t.nwt");
    const std::vector<Reference> elements = test::drain(*open_trace(config.trace));
    const auto writer = create_trace(nwt, TraceFormat::kNwt);
    writer->write(elements.data(), elements.size());
    writer->finish();
    Config converted = config;
    converted.trace = nwt;
    for (const std::optional<uint64_t> references :
         {std::optional<uint64_t>(), std::optional<uint64_t>(6000)}) {
      converted.references = references;
      const auto joined = run_intervals(converted, four(std::nullopt));
      EXPECT_EQ(run_intervals(converted, four(0)), joined) << skip;
      EXPECT_EQ(joined.at("references"), whole(converted).at("references"));
    }
  }
  const Config generated = config_of("gups:size=16MiB,updates=5000");
  EXPECT_EQ(run_intervals(generated, four(0)), run_intervals(generated, four(std::nullopt)));
}

/// The lines of a file of results that are of a run with such a name.
size_t lines_of(const TemporaryDirectory& directory, const std::string& name) {
  const std::string text = directory.read("kept");
  size_t found = 0;
  for (size_t at = 0; (at = text.find("\"name\":\"" + name, at)) != std::string::npos; ++at)
    ++found;
  return found;
}

TEST(Intervals, AreTakenFromWhereTheyAreKept) {
  const TemporaryDirectory directory;
  const std::string file = directory.path("kept");
  Config config = config_of("gups:size=16MiB,updates=5000");
  const auto expected = run_intervals(config, four(std::nullopt));
  EXPECT_EQ(run_intervals(config, four(std::nullopt, file)), expected);
  EXPECT_EQ(lines_of(directory, "part "), 4U);
  EXPECT_EQ(lines_of(directory, "the whole run"), 1U);
  const std::string kept = directory.read("kept");
  EXPECT_EQ(run_intervals(config, four(std::nullopt, file)), expected);
  EXPECT_EQ(directory.read("kept"), kept) << "nothing was run";

  directory.write("kept", kept.substr(0, kept.size() / 2));  // killed on its way
  EXPECT_EQ(run_intervals(config, four(std::nullopt, file)), expected);

  const size_t wholes = lines_of(directory, "the whole run");
  IntervalOptions more = four(std::nullopt, file);
  more.warmup = 301;
  EXPECT_NE(run_intervals(config, more), expected);
  EXPECT_EQ(lines_of(directory, "the whole run"), wholes) << "is the same";
  config.seed = 2;
  EXPECT_EQ(run_intervals(config, four(std::nullopt, file)),
            run_intervals(config, four(std::nullopt)));
}

TEST(Intervals, AreRunAgainWhereTheirTraceHasChanged) {
  const TemporaryDirectory directory;
  Config config;
  const std::string file = directory.path("kept");
  for (const int pages : {40, 40, 44}) {
    config.trace = directory.write("t.txt", loads(pages));  // other pages each time
    const auto joined = run_intervals(config, four(std::nullopt, file));
    EXPECT_EQ(joined.at("references"), pages);
  }
  EXPECT_EQ(lines_of(directory, "part "), 3 * 4U);
  run_intervals(config, four(std::nullopt, file));
  EXPECT_EQ(lines_of(directory, "part "), 3 * 4U);
}

TEST(Intervals, RefuseWhatCannotBeCut) {
  Config config = config_of("gups:size=16MiB,updates=10");
  EXPECT_THROW(run_intervals(config, parts(100, 0, 1)), InputError);
  config.core.count = 2;
  EXPECT_THROW(run_intervals(config, parts(2, 0, 1)), InputError);
  config.core.count = 1;
  config.software.timeline = 100;
  EXPECT_THROW(run_intervals(config, parts(2, 0, 1)), InputError);
  config.software.timeline = 0;
  EXPECT_NO_THROW(run_intervals(config, parts(2, 0, 1)));
  config.mode = Mode::kVmmDirect;
  config.software.model = SoftwareModel::kManaged;
  EXPECT_THROW(run_intervals(config, parts(2, 0, 1)), InputError);
}

}  // namespace
}  // namespace nestwalk
