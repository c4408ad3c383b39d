// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <gtest/gtest.h>

#include "rtl/cosimulation/rtl_build.h"
#include "sim/io/input_error.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

class LoadTest : public testing::Test {
 protected:
  /// Configuration from TOML text and --set arguments.
  Config load(const std::string& toml, std::vector<std::string> sets = {}) {
    return load_config({directory_.write("machine.toml", toml), "", std::move(sets), {}}).config;
  }

  /// The error of the same, with the file's path as `machine.toml`.
  std::string error(const std::string& toml, std::vector<std::string> sets = {}) {
    try {
      load(toml, std::move(sets));
    } catch (const InputError& error) {
      std::string what = error.what();
      const std::string path = directory_.path("machine.toml");
      if (what.compare(0, path.size(), path) == 0) what.replace(0, path.size(), "machine.toml");
      return what;
    }
    return "no error";
  }

  TemporaryDirectory directory_;
};

TEST_F(LoadTest, WithoutAnythingItIsTheDefault) {
  const Config config = load_config({}).config;
  EXPECT_EQ(config.preset, "paper");
  EXPECT_EQ(config.mode, Mode::kNative);
  EXPECT_EQ(config.mmu.l2_tlb.entries, 512U);
  EXPECT_EQ(config.seed, 1U);
}

TEST_F(LoadTest, TablesAndDottedKeysAreTheSame) {
  EXPECT_EQ(load("[l2_tlb]\nentries = 1024").mmu.l2_tlb.entries, 1024U);
  EXPECT_EQ(load("l2_tlb.entries = 1024").mmu.l2_tlb.entries, 1024U);
  EXPECT_EQ(load("\"l2_tlb.entries\" = 1024").mmu.l2_tlb.entries, 1024U);
}

TEST_F(LoadTest, EveryKindOfValueIsRead) {
  const Config config = load(R"(
mode = "guest-direct"
pages = "THP+2M"
timing = "at"
references = 1000
fetch = true
core.exposed = 1
core.outstanding = 10
memory.l1d.size = "48KiB"
memory.l2.size = 524288
software.primary_region = [0x1000, "0xffffffff00003000"]
)");
  EXPECT_EQ(config.mode, Mode::kGuestDirect);
  EXPECT_EQ(to_string(config.paging.pages), "THP+2M");
  EXPECT_EQ(config.timing, Timing::kApproximate);
  EXPECT_EQ(config.references, 1000U);
  EXPECT_TRUE(config.fetch);
  EXPECT_EQ(config.core.exposed, 1.0);
  EXPECT_EQ(config.memory.l1d.size, 48U << 10);
  EXPECT_EQ(config.memory.l2.size, 512U << 10);
  ASSERT_TRUE(config.software.primary_region);
  EXPECT_EQ(config.software.primary_region->base.value(), 0x1000U);
  EXPECT_EQ(config.software.primary_region->limit.value(), 0xffffffff00003000U);
}

TEST_F(LoadTest, LaterLayersWin) {
  const std::string file =
      directory_.write("machine.toml", "preset = \"modern\"\nl2_tlb.entries = 1024\nseed = 2");
  ConfigRequest request{file, "", {}, {}};
  EXPECT_EQ(load_config(request).config.mmu.walker.count, 4U);
  EXPECT_EQ(load_config(request).config.mmu.l2_tlb.entries, 1024U);
  request.sets = {"l2_tlb.entries=256", "seed=3"};
  EXPECT_EQ(load_config(request).config.mmu.l2_tlb.entries, 256U);
  request.options = {{"seed", Value(int64_t{4}), "--seed", {}}};
  EXPECT_EQ(load_config(request).config.seed, 4U);
  request.preset = "paper";
  EXPECT_EQ(load_config(request).config.mmu.walker.count, 1U);
}

TEST_F(LoadTest, ANamedStreamReplacesTheLayerBelow) {
  const Config config = load("trace = \"a.nwt\"", {"workload=gups:size=64GiB,updates=10"});
  EXPECT_EQ(config.trace, "");
  EXPECT_EQ(config.workload, "gups:size=64GiB,updates=10");
}

TEST_F(LoadTest, TextThatLooksLikeANumberIsTextWhereTextIsMeant) {
  EXPECT_EQ(load("", {"trace=1"}).trace, "1");
}

TEST_F(LoadTest, AWrongPresetIsAnErrorWhereverItIsNamed) {
  EXPECT_EQ(error("preset = \"maper\"", {"preset=modern"}),
            "machine.toml:1: preset: \"maper\" is no preset; did you mean paper?");
  EXPECT_EQ(error("preset = \"modern\"", {"preset=2025"}),
            "--set: preset: \"2025\" is no preset; there are paper, sandy-bridge-ep, modern, "
            "closed-form");
  EXPECT_THROW(load_config({"", "modern", {"preset=maper"}, {}}), InputError);
  EXPECT_EQ(load_config({"", "modern", {"preset=closed-form"}, {}}).config.preset, "modern");
}

TEST_F(LoadTest, ATableMayBeEmpty) {
  EXPECT_EQ(load("[l2_tlb]\n# entries = 1024\n[memory]\nl1d = {}\n").mmu.l2_tlb.entries, 512U);
  EXPECT_EQ(error("[l2_tlbs]\n"),
            "machine.toml:1: l2_tlbs: unknown key; `nestwalk config` lists all");
}

TEST_F(LoadTest, AnAddressIsNotNegative) {
  EXPECT_EQ(error("", {"software.primary_region=[-8192, 0x1000]"}),
            "--set: software.primary_region: must be addresses, those of 2^63 and above as text "
            "such as \"0xffff800000000000\", not [-8192, 4096]");
}

TEST_F(LoadTest, AnUnknownKeyIsAnErrorWithItsPlaceAndASuggestion) {
  EXPECT_EQ(error("seed = 1\n[l2_tlb]\nentires = 3"),
            "machine.toml:3: l2_tlb.entires: unknown key; did you mean l2_tlb.entries?");
  EXPECT_EQ(error("primary_region = 3"),
            "machine.toml:1: primary_region: unknown key; did you mean software.primary_region?");
  EXPECT_EQ(error("[xyzzyxyzzy]\n"),
            "machine.toml:1: xyzzyxyzzy: unknown key; `nestwalk config` lists all");
  EXPECT_EQ(error("l2_tlb = 4"),
            "machine.toml:1: l2_tlb: is a table of keys, such as l2_tlb.entries");
  EXPECT_EQ(error("", {"l2_tlb.entires=3"}),
            "--set: l2_tlb.entires: unknown key; did you mean l2_tlb.entries?");
}

TEST_F(LoadTest, AValueOfTheWrongTypeIsAnError) {
  EXPECT_EQ(error("l2_tlb.entries = \"512\""),
            "machine.toml:1: l2_tlb.entries: must be a whole number from 1 to 1048576, not "
            "\"512\"");
  EXPECT_EQ(error("l2_tlb.entries = 1.5"),
            "machine.toml:1: l2_tlb.entries: must be a whole number from 1 to 1048576, not 1.5");
  EXPECT_EQ(error("fetch = 1"), "machine.toml:1: fetch: must be true or false, not 1");
  EXPECT_EQ(error("seed = 1979-05-27"),
            "machine.toml:1: seed: must be a number, true or false, text or an array of these");
  EXPECT_EQ(error("memory.l1d.size = true"),
            "machine.toml:1: memory.l1d.size: must be a size such as \"32KiB\" or 32768, not true");
}

TEST_F(LoadTest, AValueOutOfRangeIsAnError) {
  EXPECT_EQ(error("", {"core.exposed=1.5"}),
            "--set: core.exposed: must be a number from 0 to 1, not 1.5");
  EXPECT_EQ(error("paging.guest_levels = 3"),
            "machine.toml:1: paging.guest_levels: must be a whole number from 4 to 5, not 3");
  EXPECT_EQ(error("", {"references=0"}),
            "--set: references: must be a whole number from 1 to 9223372036854775807, not 0");
  EXPECT_EQ(error("memory.l1d.size = -64"),
            "machine.toml:1: memory.l1d.size: must be a size of 0 or more bytes, not -64");
}

TEST_F(LoadTest, AWordThatIsNoneIsAnErrorWithAllThereAre) {
  EXPECT_EQ(error("mode = \"vmm\""),
            "machine.toml:1: mode: must be native, native-direct, base-virtualized, dual-direct, "
            "vmm-direct or guest-direct, not \"vmm\"");
  EXPECT_EQ(error("", {"preset=moden"}),
            "--set: preset: \"moden\" is no preset; did you mean modern?");
}

TEST_F(LoadTest, ALineOfAScheduleThatIsNoneIsAnErrorWithItsPlace) {
  EXPECT_EQ(error("[software]\nschedule = [\"100 share\", \"200 migrat\"]"),
            "machine.toml:2: software.schedule: \"200 migrat\": there is no operation \"migrat\"; "
            "did you mean migrate?");
}

TEST_F(LoadTest, AnOptionIsNamedOnce) {
  try {
    load_config({"", "", {}, {{"bad_pages", Value(true), "--bad-pages", {}}}});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--bad-pages: must be a whole number from 0 to 9223372036854775807, not true");
  }
}

TEST_F(LoadTest, BrokenTomlIsAnErrorWithItsLine) {
  EXPECT_EQ(error("seed = 1\nseed =\n").substr(0, 15), "machine.toml:2:");
  EXPECT_EQ(error("seed = 1\nseed = 2").substr(0, 15), "machine.toml:2:");
}

TEST_F(LoadTest, ATraceInTheConfigurationsPlaceIsToldFromOne) {
  EXPECT_EQ(
      error(std::string("NWTR\1\0\0", 7)),
      "machine.toml: is no TOML file but binary (byte 5 is 0); a trace is given by --trace, or "
      "as the key trace");
}

TEST_F(LoadTest, AFileWithoutEndIsNotReadToItsEnd) {
  EXPECT_THROW(load_config({"/dev/zero", "", {}, {}}), InputError);
}

TEST_F(LoadTest, NestingTooDeepIsAnErrorWithItsLine) {
  const auto repeat = [](const std::string& part) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += part;
    return text;
  };
  const std::string expected =
      "machine.toml:2: is nested too deep: a key has at most 32 parts, and as many brackets are "
      "open at once";
  const std::string key = repeat("a.") + "a";
  for (const std::string& line :
       {key + " = 1", "[" + key + "]", "[[" + key + "]]", "x = " + repeat("[") + repeat("]"),
        "x = {" + key + " = 1}", repeat("\"a\" . ") + "a = 1"})
    EXPECT_EQ(error("seed = 1\n" + line + "\n"), expected) << line.substr(0, 20);
  EXPECT_EQ(error("", {"seed=" + repeat("[") + repeat("]")}).substr(0, 12), "--set: seed:");
  EXPECT_EQ(error("", {"seed=1\n" + key + " = 1"}).substr(0, 12), "--set: seed:");
}

TEST_F(LoadTest, DotsAndBracketsInTextsAndCommentsAreNoNesting) {
  const std::string many(100, '.');
  const std::string open(100, '[');
  EXPECT_EQ(load("trace = \"" + many + open + "\\\"" + open + "\" # " + open + many).trace,
            many + open + "\"" + open);
  EXPECT_EQ(load("trace = '" + open + "\\' # " + open).trace, open + "\\");
  EXPECT_EQ(load("trace = \"\"\"\n" + open + "\"" + many + "\"\"\"").trace, open + "\"" + many);
  EXPECT_EQ(load("trace = '''" + open + "'" + many + "'''").trace, open + "'" + many);
}

TEST_F(LoadTest, AKeySetInTwoSpellingsIsAnError) {
  const std::string what = error("\"l2_tlb.ways\" = 4\n[l2_tlb]\nways = 8");
  EXPECT_NE(what.find("l2_tlb.ways: is set twice"), what.npos) << what;
}

TEST_F(LoadTest, AFileThatIsNotThereIsAnError) {
  const auto why = [this](const std::string& name) {
    try {
      load_config({directory_.path(name), "", {}, {}});
    } catch (const InputError& error) {
      return std::string(error.what()).substr(directory_.path(name).size());
    }
    return std::string("no error");
  };
  EXPECT_EQ(why("none.toml"), ": cannot be read: No such file or directory");
  EXPECT_EQ(why("."), ": is a directory, not a file");
}

TEST_F(LoadTest, ASetWithoutAValueIsAnError) {
  EXPECT_EQ(error("", {"seed"}),
            "--set: must be key=value, such as l2_tlb.entries=1024, not \"seed\"");
  EXPECT_EQ(error("", {"=3"}), "--set: must be key=value, such as l2_tlb.entries=1024, not \"=3\"");
}

TEST_F(LoadTest, KeysThatDoNotGoTogetherAreAnErrorWhereTheUserSetOne) {
  EXPECT_EQ(error("seed = 1\nl2_tlb.entries = 513"),
            "machine.toml:2: l2_tlb.ways: must divide l2_tlb.entries (513), which 4 does not");
  EXPECT_EQ(error("", {"l1_tlb.pages_4k.ways=3"}),
            "--set: l1_tlb.pages_4k.ways: must divide l1_tlb.pages_4k.entries (64), which 3 does "
            "not");
}

/// A pair of settings that each is in range and together break a rule, and what the error says.
struct Conflict {
  std::vector<std::string> sets;
  std::string error;
};

class ConflictTest : public LoadTest, public testing::WithParamInterface<Conflict> {};

TEST_P(ConflictTest, IsRefused) {
  EXPECT_EQ(error("", GetParam().sets), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ConflictTest,
    testing::Values(
        Conflict{{"l1_tlb.pages_4k.entries=60", "l1_tlb.pages_4k.ways=6",
                  "l1_tlb.replacement=tree-plru"},
                 "--set: l1_tlb.replacement: tree-plru needs a power of two of at most 64 ways, "
                 "not 6 (l1_tlb.pages_4k.ways)"},
        Conflict{{"guest_structure_cache.replacement=tree-plru",
                  "guest_structure_cache.pdpte_entries=3"},
                 "--set: guest_structure_cache.replacement: tree-plru needs a power of two of at "
                 "most 64 ways, not 3 (guest_structure_cache.pdpte_entries)"},
        Conflict{{"filter.bits=100"},
                 "--set: filter.bits: must be 4 partitions (filter.hashes) of a power of two up to "
                 "65536, not 100"},
        Conflict{{"filter.partitioned=false", "filter.bits=192"},
                 "--set: filter.bits: must be a power of two up to 65536, not 192"},
        Conflict{{"guest_filter.enabled=true", "guest_filter.hashes=3"},
                 "--set: guest_filter.bits: must be 3 partitions (guest_filter.hashes) of a power "
                 "of two up to 65536, not 256"},
        Conflict{{"memory.l3.size=1000000"},
                 "--set: memory.l3.size: must be a multiple of ways x 64 = 1280 bytes, not "
                 "1000000"},
        Conflict{{"memory.l2.size=16GiB"},
                 "--set: memory.l2.ways: 16GiB in 8 ways are more than 262144 sets; take more "
                 "ways"},
        Conflict{{"latency.l3=10"},
                 "--set: latency.l3: is load-to-use from the core, so at least 12 (latency.l2), "
                 "not 10"},
        Conflict{{"nested_tlb.kind=dedicated", "nested_tlb.ways=5"},
                 "--set: nested_tlb.ways: must divide nested_tlb.entries (64), which 5 does not"},
        Conflict{{"mode=vmm-direct", "pages=2M"},
                 "--set: pages: a virtualized mode needs guest+nested pages, such as 2M+2M, not "
                 "\"2M\""},
        Conflict{{"software.schedule=1000 balloon 64MiB"},
                 "--set: software.schedule: needs software.model = \"managed\": there is nobody "
                 "else to ask"},
        Conflict{{"trace=a", "workload=gups"},
                 "--set: workload: a run has a trace or a workload, not both"},
        Conflict{{"core.outstanding=2"},
                 "--set: core.outstanding: more than 1 needs timing at: lt has one reference in "
                 "flight"}));

TEST_F(LoadTest, TheRtlIsWhatItWasBuiltAs) {
  if (!rtl_is_built()) {
    EXPECT_EQ(error("", {"segment_unit=rtl"}),
              "--set: segment_unit: rtl is not part of this build, which was made without "
              "Verilator; use model");
    return;
  }
  EXPECT_NO_THROW(load("", {"segment_unit=rtl"}));
  EXPECT_EQ(error("", {"segment_unit=rtl", "l1_tlb.segment_entry=2M"}),
            "--set: l1_tlb.segment_entry: must be 4K: the RTL completes a miss for its 4K page "
            "alone; use segment_unit model");
  EXPECT_NO_THROW(load("", {"segment_unit=rtl", "guest_filter.bits=512"}));  // off
  EXPECT_EQ(error("", {"segment_unit=rtl", "filter.bits=512"}),
            "--set: filter.bits: must be 256, which the RTL of this build has; use "
            "segment_unit model");
  EXPECT_EQ(error("", {"segment_unit=rtl", "guest_filter.enabled=true", "guest_filter.seed=2"}),
            "--set: guest_filter.seed: must be 1, which the RTL of this build has; use "
            "segment_unit model");
}

TEST_F(LoadTest, WhatIsOffIsNotChecked) {
  EXPECT_NO_THROW(load("", {"guest_filter.hashes=3", "nested_tlb.ways=5", "memory.l3.enabled=false",
                            "memory.l3.size=1000000", "latency.l3=1"}));
}

TEST_F(LoadTest, SetsNeedNotBeAPowerOfTwo) {
  EXPECT_NO_THROW(load("", {"l2_tlb.entries=1536"}));
}

}  // namespace
}  // namespace nestwalk
