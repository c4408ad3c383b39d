// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "model/random/permutation.h"
#include "sim/stream/workload/gups.h"
#include "sim/stream/workload/program.h"
#include "tests/sim/stream/streams.h"

namespace nestwalk {
namespace {

using test::drain;
using test::input_error;
using testing::HasSubstr;

/// HPCC's recurrence, as its specification states it.
uint64_t step(uint64_t ran) {
  return (ran << 1) ^ (static_cast<int64_t>(ran) < 0 ? 7 : 0);
}

TEST(Gups, ElementsFollowTheRecurrence) {
  uint64_t ran = 1;
  for (uint64_t n = 0; n < 1000; ++n, ran = step(ran)) {
    ASSERT_EQ(random_access_element(n), ran) << n;
  }
}

TEST(Gups, ElementsFarOutFollowTheRecurrenceToo) {
  for (const uint64_t n : {uint64_t{1} << 20, uint64_t{0x123456789abc}, uint64_t{1} << 60}) {
    EXPECT_EQ(random_access_element(n + 1), step(random_access_element(n))) << n;
  }
  // The period that HPCC states.
  EXPECT_EQ(random_access_element(1317624576693539401), 1u);
}

TEST(Gups, UpdatesTheWordsThatHpccUpdates) {
  const auto gups = open_workload("gups:size=1MiB,updates=5000", 1);
  EXPECT_EQ(gups->length(), 10000u);
  const std::vector<Reference> references = drain(*gups);
  ASSERT_EQ(references.size(), 10000u);
  const uint64_t base = gups->primary_region()->base.value();
  // 128 places, spread evenly over the 4 x 2^17 updates of a whole run, take turns.
  std::vector<uint64_t> ran;
  for (uint64_t place = 0; place < 128; ++place)
    ran.push_back(random_access_element(place * (uint64_t{4} << 17) / 128));
  for (size_t i = 0; i < references.size(); i += 2) {
    uint64_t& place = ran[i / 2 % 128];
    place = step(place);
    const uint64_t address = base + 8 * (place & ((uint64_t{1} << 17) - 1));
    ASSERT_EQ(references[i], test::load(address, 12, 8));
    ASSERT_EQ(references[i + 1], test::store(address, 0, 8));
  }
}

TEST(Gups, BeginsElsewhereWithEachSeed) {
  const auto first_word = [](uint64_t seed) {
    return drain(*open_workload("gups:size=1MiB,updates=1", seed)).front().address;
  };
  // So many elements are a period, and so many seeds more than 2^64 elements.
  const auto word = [](uint64_t element) {
    return 0x10000000000 + 8 * (random_access_element(element) & ((uint64_t{1} << 17) - 1));
  };
  EXPECT_EQ(first_word(1), word(1));
  EXPECT_EQ(first_word(3), word((uint64_t{2} << 40) + 1));
  EXPECT_EQ(first_word((uint64_t{1} << 24) + 1),
            word(18446744073709551615U % 1317624576693539401U + 1 + 1));
  const std::set<uint64_t> words{first_word(0), first_word(1), first_word((uint64_t{1} << 24) + 1),
                                 first_word((uint64_t{1} << 32) + 1)};
  EXPECT_EQ(words.size(), 4U);
}

TEST(Gups, TouchesNearlyAsManyPagesAsIndependentDraws) {
  // Not quite as many: an element shares all but a bit with the one before.
  std::set<uint64_t> pages;
  for (const Reference& reference : drain(*open_workload("gups:size=256MiB,updates=65536", 1)))
    pages.insert(reference.address >> 12);
  const double independent = 65536 * (1 - std::exp(-1));
  EXPECT_GT(static_cast<double>(pages.size()), 0.8 * independent);
  EXPECT_LT(static_cast<double>(pages.size()), 1.01 * independent);
}

TEST(Gups, GivesTheSameStreamInBatchesOfAnySize) {
  const auto whole = drain(*open_workload("gups:size=64KiB,updates=100", 7));
  for (const size_t batch : {1, 2, 3, 7}) {
    EXPECT_EQ(drain(*open_workload("gups:size=64KiB,updates=100", 7), batch), whole);
  }
  EXPECT_NE(drain(*open_workload("gups:size=64KiB,updates=100", 8)), whole);
}

TEST(Gups, StaysInATableThatIsNoPowerOfTwo) {
  const auto gups = open_workload("gups:size=12KiB,updates=20000", 3);
  const VirtualRange region = *gups->primary_region();
  EXPECT_EQ(region.limit - region.base, 12u << 10);
  EXPECT_EQ(region.base.value() % (uint64_t{1} << 30), 0u);
  std::set<uint64_t> words;
  for (const Reference& reference : drain(*gups)) {
    ASSERT_GE(reference.address, region.base.value());
    ASSERT_LT(reference.address, region.limit.value());
    words.insert(reference.address);
  }
  EXPECT_GT(words.size(), 1300u);  // of 1536
}

TEST(Chase, VisitsEachSlotOnceARound) {
  for (const uint64_t slots : {1, 2, 3, 5, 64, 1000}) {
    const auto chase = open_workload("chase:stride=64,size=" + std::to_string(64 * slots) +
                                         ",references=" + std::to_string(2 * slots),
                                     5);
    const std::vector<Reference> references = drain(*chase, 7);
    ASSERT_EQ(references.size(), 2 * slots);
    const uint64_t base = chase->primary_region()->base.value();
    std::set<uint64_t> visited;
    for (uint64_t i = 0; i < slots; ++i) {
      const uint64_t offset = references[i].address - base;
      EXPECT_EQ(offset % 64, 0u);
      EXPECT_LT(offset, 64 * slots);
      visited.insert(offset);
      EXPECT_EQ(references[i], references[i + slots]);  // the cycle closes
      EXPECT_EQ(references[i], test::load(references[i].address, 3, 8));
    }
    EXPECT_EQ(visited.size(), slots);
  }
}

TEST(Chase, DependsOnItsLoadsAndItsSeed) {
  EXPECT_EQ(open_workload("chase", 1)->processor_hint().exposed, 1.0);
  EXPECT_EQ(open_workload("gups", 1)->processor_hint().exposed, std::nullopt);
  const char* const small = "chase:size=4MiB,references=1000";
  EXPECT_EQ(drain(*open_workload(small, 1)), drain(*open_workload(small, 1)));
  EXPECT_NE(drain(*open_workload(small, 1)), drain(*open_workload(small, 2)));
}

TEST(Chase, HasNoOrderThatAPrefetcherWouldFind) {
  const auto references = drain(*open_workload("chase:size=64MiB,references=16384", 1));
  std::set<uint64_t> steps;
  for (size_t i = 1; i < references.size(); ++i) {
    steps.insert(references[i].address - references[i - 1].address);
  }
  EXPECT_GT(steps.size(), references.size() / 2);
}

TEST(Permutation, IsOneForCountsAroundPowersOfTwo) {
  for (const uint64_t count : {1, 2, 3, 4, 7, 8, 9, 255, 256, 257, 4097}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const Permutation order(count, seed);
      std::vector<uint64_t> image(count);
      for (uint64_t i = 0; i < count; ++i) image[i] = order(i);
      std::sort(image.begin(), image.end());
      for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(image[i], i) << "of " << count;
    }
  }
}

TEST(Workload, DefaultsRunAtMostTwentyMillionReferences) {
  for (const Workload& workload : workloads()) {
    const auto stream = open_workload(workload.name, 1);
    ASSERT_TRUE(stream->length()) << workload.name;
    EXPECT_LE(*stream->length(), 20000000u) << workload.name;
    ASSERT_EQ(stream->ranges().size(), 1u);
    EXPECT_EQ(stream->ranges()[0].base, stream->primary_region()->base);
  }
}

/// Small ones of all that are made of programs.
constexpr const char* kSmall[] = {"graph500:scale=8,references=30000",
                                  "graph500:scale=10,graph=drawn,references=30000",
                                  "memcached:size=64MiB,references=30000",
                                  "npb-cg:class=S,references=30000",
                                  "mcf:trips=50,connections=20,references=30000",
                                  "omnetpp:hosts=20,references=30000",
                                  "cactusadm:side=6,references=30000",
                                  "gemsfdtd:side=32,references=30000",
                                  "canneal:elements=100,references=30000",
                                  "streamcluster:points=100,dimensions=3,references=30000"};

TEST(Workload, GivesTheSameReferencesWheneverAndHoweverItIsRead) {
  for (const char* const specification : kSmall) {
    const auto whole = drain(*open_workload(specification, 7));
    EXPECT_EQ(whole.size(), 30000u) << specification;
    EXPECT_EQ(drain(*open_workload(specification, 7), 777), whole) << specification;
  }
}

TEST(Workload, DependsOnTheSeedWhereChanceDecides) {
  for (const std::string name :
       {"graph500:scale=8", "memcached:size=64MiB", "mcf:trips=50", "omnetpp:hosts=20",
        "canneal:elements=100", "streamcluster:points=100"}) {
    const std::string specification = name + ",references=20000";
    EXPECT_NE(drain(*open_workload(specification, 1)), drain(*open_workload(specification, 2)))
        << name;
  }
}

TEST(Workload, StaysInItsRegionAndCountsInstructions) {
  for (const char* const specification : kSmall) {
    const auto stream = open_workload(specification, 1);
    const VirtualRange region = *stream->primary_region();
    EXPECT_EQ(region.base.value() % (uint64_t{1} << 30), 0u);
    uint64_t instructions = 0;
    for (const Reference& reference : drain(*stream)) {
      ASSERT_GE(reference.address, region.base.value()) << specification;
      ASSERT_LE(reference.address + reference.size, region.limit.value()) << specification;
      instructions += reference.instructions;
    }
    EXPECT_GE(instructions, 30000u) << specification;
    EXPECT_LE(instructions, 300000u) << specification;
  }
}

TEST(Workload, HasThePapersFootprint) {
  const std::pair<const char*, double> footprints[] = {
      {"graph500", 73e9}, {"memcached", 75e9},  {"gups", 67e9},      {"mcf", 1.7e9},
      {"omnetpp", 165e6}, {"cactusadm", 690e6}, {"gemsfdtd", 860e6}, {"canneal", 780e6}};
  for (const auto& [name, bytes] : footprints) {
    const VirtualRange region = *open_workload(name, 1)->primary_region();
    const auto ours = static_cast<double>(region.limit - region.base);
    EXPECT_NEAR(ours / bytes, 1, 0.05) << name;
  }
}

TEST(Workload, CanBeLeftAtAnyTime) {
  for (const char* const specification : kSmall) {
    std::vector<Reference> batch(10);
    const auto stream = open_workload(specification, 1);
    EXPECT_EQ(stream->read(batch.data(), batch.size()), 10u);
    open_workload(specification, 1);  // never read
  }
}

TEST(Program, PassesItsErrorsOn) {
  class Failing : public Program {
   public:
    void run(Emitter& emitter) override {
      for (int i = 0; i < 20000; ++i) emitter.load(kWorkloadBase);
      throw InputError("lost");
    }
    VirtualRange region() const override { return {}; }
  };
  const auto stream = stream_of(std::make_unique<Failing>(), 100000);
  EXPECT_EQ(input_error([&] { drain(*stream); }), "lost");
}

TEST(Program, CountsInstructionsBetweenReferences) {
  class Short : public Program {
   public:
    void run(Emitter& emitter) override {
      for (;;) {
        emitter.compute(2);
        emitter.compute(3);
        emitter.load(8, 4);
        emitter.store(16, 1);
        emitter.update(24);
      }
    }
    VirtualRange region() const override { return {}; }
  };
  const auto references = drain(*stream_of(std::make_unique<Short>(), 4));
  const std::vector<Reference> expected{test::load(8, 6, 4), test::store(16, 1, 1),
                                        test::load(24, 1, 8), test::store(24, 0, 8)};
  EXPECT_EQ(references, expected);
}

TEST(Permutation, HasAnInverse) {
  for (const uint64_t count : {1, 2, 3, 64, 1000}) {
    const Permutation order(count, 3);
    for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(order.inverse(order(i)), i) << "of " << count;
  }
}

TEST(Workload, HelpNamesEveryParameterWithItsDefault) {
  const std::string help = workload_help();
  for (const Workload& workload : workloads()) {
    EXPECT_THAT(help, HasSubstr(workload.name));
    for (const Workload::Parameter& parameter : workload.parameters) {
      EXPECT_THAT(help, HasSubstr(parameter.name + "=" + parameter.default_value));
    }
  }
}

TEST(Workload, HelpTellsTheFootprint) {
  const std::string help = workload_help();
  for (const char* name : {"omnetpp", "streamcluster"}) {
    const VirtualRange region = open_workload(name, 1)->primary_region().value();
    const auto bytes = static_cast<double>(region.limit - region.base);
    EXPECT_THAT(help, HasSubstr(std::to_string(std::lround(bytes / 1e6)) + " MB)")) << name;
  }
}

TEST(Workload, RefusesWhatItDoesNotKnow) {
  const auto refusal = [](const char* specification) {
    return input_error([&] { open_workload(specification, 1); });
  };
  EXPECT_EQ(refusal("gusp"), "\"gusp\" is no workload; did you mean gups?");
  EXPECT_EQ(refusal("quicksort"),
            "\"quicksort\" is no workload; there are graph500, memcached, npb-cg, gups, mcf, "
            "omnetpp, cactusadm, gemsfdtd, canneal, streamcluster, chase");
  EXPECT_EQ(refusal("gups:sise=1GiB"),
            "workload gups: \"sise\" is no parameter of it; did you mean size?");
  EXPECT_EQ(refusal("gups:size"), "workload gups: parameter size has no value, expected size=...");
  EXPECT_EQ(refusal("gups:size=1GiB,size=2GiB"), "workload gups: parameter size is given twice");
  EXPECT_EQ(refusal("gups:size=1GiB,"),
            "workload gups: a parameter is missing behind the last comma");
  EXPECT_EQ(refusal("gups:updates=many"),
            "workload gups: parameter updates is \"many\", expected a whole number from 1 to "
            "281474976710656");
  EXPECT_EQ(refusal("gups:size=5000"),
            "workload gups: parameter size is \"5000\", expected a multiple of 4KiB");
  EXPECT_THAT(refusal("gups:size=1KiB"), HasSubstr("expected a size from 4KiB to 4094GiB"));
  EXPECT_THAT(refusal("gups:size=4TiB"), HasSubstr("expected a size from 4KiB to 4094GiB"));
  EXPECT_THAT(refusal("chase:size=4TiB"), HasSubstr("expected a size from 8 to 4094GiB"));
  EXPECT_THAT(refusal("chase:stride=12"), HasSubstr("a multiple of 8"));
  EXPECT_EQ(refusal("npb-cg:class=a"),
            "workload npb-cg: parameter class is \"a\", expected S, W, A, B, C, D or E");
  EXPECT_EQ(refusal("graph500:graph=real"),
            "workload graph500: parameter graph is \"real\", expected stored, drawn or auto");
  EXPECT_THAT(refusal("graph500:scale=27,graph=stored"), HasSubstr("above 26 is not stored"));
  EXPECT_THAT(refusal("graph500:scale=33"), HasSubstr("expected a whole number from 4 to 32"));
  EXPECT_EQ(refusal("memcached:skew=0.9x"),
            "workload memcached: parameter skew is \"0.9x\", expected a number from 0.01 to 2");
  EXPECT_THAT(refusal("memcached:skew=3"), HasSubstr("expected a number from 0.01 to 2"));
  EXPECT_THAT(refusal("memcached:kernel=yes"), HasSubstr("expected true or false"));
  for (const char* const name : {"graph500", "memcached", "npb-cg", "mcf", "omnetpp", "cactusadm",
                                 "gemsfdtd", "canneal", "streamcluster", "chase"}) {
    EXPECT_THAT(refusal((std::string(name) + ":references=0").c_str()),
                HasSubstr("parameter references is \"0\", expected a whole number from 1"));
  }
}

}  // namespace
}  // namespace nestwalk
