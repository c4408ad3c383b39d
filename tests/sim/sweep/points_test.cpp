// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/points.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sim/io/input_error.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

Specification specification(const std::string& text) {
  const TemporaryDirectory directory;
  return read_specification(directory.write("sweep.toml", text));
}

std::vector<std::string> texts(const std::string& text) {
  std::vector<std::string> points;
  for (const Point& point : enumerate(specification(text)).points) {
    std::string line;
    for (const Value& value : point) line += (line.empty() ? "" : " ") + to_toml(value);
    points.push_back(line);
  }
  return points;
}

std::string error(const std::string& text) {
  try {
    enumerate(specification(text));
  } catch (const InputError& caught) {
    return caught.what();
  }
  return {};
}

using Texts = std::vector<std::string>;

TEST(Points, AreTheProductOfTheAxesInTheFilesOrder) {
  EXPECT_EQ(
      texts("[axes]\nmode = [\"vmm-direct\", \"native\"]\n\"l2_tlb.entries\" = [512, 256]\n"),
      (Texts{"\"vmm-direct\" 512", "\"vmm-direct\" 256", "\"native\" 512", "\"native\" 256"}));
}

TEST(Points, TakeKeysBareOrQuoted) {
  EXPECT_EQ(texts("[axes]\nl2_tlb.entries = [512]\nl2_tlb.ways = [4, 8]\n"),
            (Texts{"512 4", "512 8"}));
  EXPECT_EQ(texts("[axes.l2_tlb]\nentries = {from = 4, to = 8, step = 4}\n"), (Texts{"4", "8"}));
}

TEST(Points, TakeRanges) {
  EXPECT_EQ(texts("[axes]\nl2_tlb.entries = {from = 512, to = 1100, step = 256}\n"),
            (Texts{"512", "768", "1024"}));
  EXPECT_EQ(texts("[axes]\nmemory.l2.size = {from = \"256KiB\", to = \"1MiB\", factor = 2}\n"),
            (Texts{"262144", "524288", "1048576"}));
  EXPECT_EQ(
      texts("[axes]\nmemory.l2.size = {from = \"256KiB\", to = \"512KiB\", step = \"128KiB\"}"),
      (Texts{"262144", "393216", "524288"}));
  EXPECT_EQ(texts("[axes]\ncore.exposed = {from = 0.1, to = 0.7, step = 0.1}\n"),
            (Texts{"0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"}));
  EXPECT_EQ(texts("[axes]\ncore.exposed = {from = 0, to = 3e-320, step = 1e-320}\n").size(), 4U);
}

TEST(Points, TakeRangesOfLargeWholeNumbersExactly) {
  EXPECT_EQ(texts("[axes]\nseed = {from = 9007199254740993, to = 9007199254740995, step = 1}\n"),
            (Texts{"9007199254740993", "9007199254740994", "9007199254740995"}));
  EXPECT_EQ(
      texts("[axes]\nseed = {from = 9223372036854775805, to = 9223372036854775807, step = 1}\n"),
      (Texts{"9223372036854775805", "9223372036854775806", "9223372036854775807"}));
  EXPECT_EQ(texts("[axes]\nseed = {from = 1, to = 4611686018427387904, factor = 2147483648}\n"),
            (Texts{"1", "2147483648", "4611686018427387904"}));
}

TEST(Points, LeaveOutWhatBreaksAConstraint) {
  const std::string text =
      "constraints = [\"l2_tlb.entries % l2_tlb.ways == 0\", \"mode == 'vmm-direct'\"]\n"
      "[base]\nmode = \"vmm-direct\"\n[axes]\nl2_tlb.entries = [512, 768]\nl2_tlb.ways = [4, 3]\n";
  EXPECT_EQ(texts(text), (Texts{"512 4", "768 4", "768 3"}));
  EXPECT_EQ(enumerate(specification(text)).excluded, 1U);
  EXPECT_NE(error("constraints = [\"seed > 5\"]\n[axes]\nseed = [1, 2]\n"), "");
}

TEST(Points, OfTheBaseAreOverriddenByAxes) {
  const Specification given = specification(
      "[base]\ntrace = \"a.nwt\"\npreset = \"modern\"\nl2_tlb.entries = 512\n"
      "[axes]\nworkload = [\"gups\"]\nl2_tlb.entries = [1024]\n");
  const Config config = given.config(enumerate(given).points.front());
  EXPECT_EQ(config.trace, "");
  EXPECT_EQ(config.workload, "gups");
  EXPECT_EQ(config.preset, "modern");
  EXPECT_EQ(config.mmu.walker.count, 4U);
  EXPECT_EQ(config.mmu.l2_tlb.entries, 1024U);
}

RC_GTEST_PROP(LatinHypercube, HasEachPartOfEachDimensionOnce, ()) {
  const auto points = *rc::gen::inRange<size_t>(1, 200);
  const auto dimensions = *rc::gen::inRange<size_t>(1, 6);
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto rows = latin_hypercube(points, dimensions, seed);
  RC_ASSERT(rows.size() == points);
  for (size_t d = 0; d < dimensions; ++d) {
    std::vector<bool> seen(points);
    for (const auto& row : rows) {
      RC_ASSERT(row[d] >= 0 && row[d] < 1);
      const auto part = static_cast<size_t>(row[d] * static_cast<double>(points));
      RC_ASSERT(!seen[part]);
      seen[part] = true;
    }
  }
  RC_ASSERT(rows == latin_hypercube(points, dimensions, seed));
}

TEST(Points, OfASampleCoverItsAxes) {
  const std::string axes =
      "[axes]\nmode = [\"native\", \"vmm-direct\"]\nl2_tlb.entries = {from = 100, to = 199}\n"
      "memory.l2.size = {from = \"64KiB\", to = \"1MiB\", log = true}\n";
  const auto points =
      enumerate(specification(axes + "[sample]\npoints = 50\nseed = 3\n"
                                     "axes = [\"l2_tlb.entries\", \"memory.l2.size\"]\n"))
          .points;
  ASSERT_EQ(points.size(), 100U);  // 50 for each mode
  std::vector<int64_t> entries;
  size_t small = 0;
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(points[i][0], Value(std::string("native")));
    EXPECT_EQ(points[i][1], points[i + 50][1]);
    entries.push_back(std::get<int64_t>(points[i][1]));
    small += std::get<int64_t>(points[i][2]) < 256 << 10 ? 1 : 0;
  }
  std::sort(entries.begin(), entries.end());
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ((entries[i] - 100) / 2, static_cast<int64_t>(i));
  EXPECT_EQ(small, 25U);  // 256 KiB is the middle of a logarithmic axis
  EXPECT_NE(texts(axes + "[sample]\npoints = 50\nseed = 3\n"),
            texts(axes + "[sample]\npoints = 50\nseed = 4\n"));
}

TEST(SweepSpecification, SamplesAxesInWhateverOrderTheyAreNamed) {
  const std::string text =
      "[axes]\nseed = [1, 2]\ncore.cpi = [1, 2]\nmode = [\"native\"]\n[sample]\npoints = 2\n";
  const auto identity = [&text](const char* sampled) {
    return specification(text + "axes = " + sampled + '\n').identity();
  };
  EXPECT_EQ(identity("[\"core.cpi\", \"seed\"]"), identity("[\"seed\", \"core.cpi\"]"));
  EXPECT_NE(identity("[\"core.cpi\", \"seed\"]"), identity("[\"seed\", \"mode\"]"));
}

TEST(Points, OfASampleOfFewValuesAreThereOnce) {
  EXPECT_EQ(texts("[axes]\nseed = [1, 2]\n[sample]\npoints = 10\n").size(), 2U);
}

TEST(SweepSpecification, RefusesWhatItCannotMean) {
  EXPECT_NE(error("[axes]\nl2_tlb.entires = [1]\n").find("sweep.toml:2: l2_tlb.entires"),
            std::string::npos)
      << error("[axes]\nl2_tlb.entires = [1]\n");
  for (const char* text : {"",
                           "[base]\nmode = \"native\"\n",
                           "[axis]\nseed = [1]\n",
                           "[axes]\nseed = []\n",
                           "[axes]\nseed = [1, 1]\n",
                           "[axes]\nseed = 5\n",
                           "[axes]\nmode = [\"vmm\"]\n",
                           "[axes]\npreset = [\"papier\"]\n",
                           "[base]\nsede = 1\n[axes]\nseed = [1]\n",
                           "[base]\nseed = \"a\"\n[axes]\nseed = [1]\n",
                           "[axes]\nseed = {from = 1, to = 9}\n",
                           "[axes]\nseed = {from = 9, to = 1, step = 1}\n",
                           "[axes]\nseed = {from = 1, step = 1}\n",
                           "[axes]\nseed = {from = 1, to = 3, step = 0}\n",
                           "[axes]\nseed = {from = 1, to = 3, step = 0.5}\n",
                           "[axes]\nseed = {from = 1, to = 3, factor = 1}\n",
                           "[axes]\ncore.cpi = {from = 1, to = 3, factor = inf}\n",
                           "[axes]\ncore.cpi = {from = 1, to = 3, step = inf}\n",
                           "[axes]\nseed = {from = 1, to = 3, step = 1, factor = 2}\n",
                           "[axes]\nseed = {from = 1, to = 3, stride = 1}\n",
                           "[axes]\nmode = {from = \"native\", to = \"vmm-direct\", step = 1}\n",
                           "[axes]\nseed = {from = 1, to = 9, step = 2, log = true}\n",
                           "[axes]\nseed = {from = 1, to = 9, factor = 2, log = true}\n"
                           "[sample]\npoints = 2\n",
                           "[axes]\ncore.exposed = {from = 0, to = inf}\n[sample]\npoints = 2\n",
                           "[axes]\ncore.exposed = {from = nan, to = 1, step = 1}\n",
                           "[axes]\nseed = [1]\n[sample]\nseed = 2\n",
                           "[axes]\nseed = [1]\n[sample]\npoints = 0\n",
                           "[axes]\nseed = [1]\n[sample]\npoints = 2\naxes = [\"mode\"]\n",
                           "[axes]\nseed = [1]\n[sample]\npoints = 2\n"
                           "axes = [\"seed\", \"seed\"]\n",
                           "[axes]\nseed = [1]\nconstraints = [\"seed > 0\"]\n",
                           "constraints = [\"seed >\"]\n[axes]\nseed = [1]\n",
                           "constraints = \"seed > 0\"\n[axes]\nseed = [1]\n",
                           "[axes\n"})
    EXPECT_NE(error(text), "") << text;
}

TEST(Points, OfASampledRangeLieOnItsSteps) {
  const std::string text =
      "[axes]\nmemory.l3.size = {from = \"5MiB\", to = \"40MiB\", step = 1280, log = true}\n"
      "l2_tlb.entries = {from = 64, to = 1024, step = 4}\n[sample]\npoints = 60\n";
  const auto points = enumerate(specification(text)).points;
  ASSERT_EQ(points.size(), 60U);
  size_t small = 0;
  for (const Point& point : points) {
    const auto size = std::get<int64_t>(point[0]);
    EXPECT_EQ(size % 1280, 0);
    EXPECT_GE(size, 5 << 20);
    EXPECT_LE(size, 40 << 20);
    EXPECT_EQ(std::get<int64_t>(point[1]) % 4, 0);
    small += size < 10 << 20 ? 1 : 0;
  }
  EXPECT_EQ(small, 20U);  // a third of three doublings
  EXPECT_NE(specification(text).identity(),
            specification(std::string(text).replace(text.find(", log = true"), 12, "")).identity());
}

TEST(Points, OfARangeReachItsEnds) {
  const std::string text =
      "[axes]\nseed = {from = 0, to = 9223372036854775807}\n[sample]\npoints = 1000\n";
  for (const Point& point : enumerate(specification(text)).points)
    EXPECT_GE(std::get<int64_t>(point[0]), 0);
}

TEST(Points, AreNotMoreThanCanBeKept) {
  const std::string axes =
      "[axes]\nseed = {from = 1, to = 1000, step = 1}\n"
      "l2_tlb.entries = {from = 4, to = 4000, step = 4}\n";
  EXPECT_EQ(error(axes), "");
  EXPECT_NE(error(axes + "l2_tlb.ways = [4, 8]\n")
                .find("sweep.toml:4: l2_tlb.ways: with this axis "
                      "the sweep has more than 1000000 points"),
            std::string::npos)
      << error(axes + "l2_tlb.ways = [4, 8]\n");
  EXPECT_NE(error(axes + "[sample]\npoints = 1000001\n").find("from 1 to 1000000"),
            std::string::npos);
  EXPECT_NE(error(axes + "warmup = {from = 1, to = 1e6, step = 1}\n"
                         "references = {from = 1, to = 1e6, step = 1}\n"),
            "");
}

TEST(Points, OfTheManualsExamplesCanRun) {
  std::ifstream file(std::string(NESTWALK_TEST_DATA) + "/../../doc/sweeps.md");
  const std::string manual{std::istreambuf_iterator<char>(file), {}};
  const std::string fence = "```toml\n";
  size_t examples = 0;
  for (size_t begin = 0; (begin = manual.find(fence, begin)) != manual.npos; ++examples) {
    begin += fence.size();
    const std::string text = manual.substr(begin, manual.find("```", begin) - begin);
    const Specification given = specification(text);
    for (const Point& point : enumerate(given).points) ASSERT_NO_THROW(given.config(point)) << text;
  }
  EXPECT_EQ(examples, 2U);
}

}  // namespace
}  // namespace nestwalk
