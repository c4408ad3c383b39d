// SPDX-License-Identifier: Apache-2.0
#include "sim/config/write.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

/// A configuration in which no key has its default.
LoadedConfig everything_changed() {
  return load_config(
      {"",
       "modern",
       {"mode=guest-direct", "timing=at", "pages=THP+2M", "nested_format=npt",
        "trace=odd \"name\" \\ of a trace", "references=12", "warmup=3", "seed=77", "bad_pages=16",
        "fetch=true", "paging.guest_levels=5", "core.cpi=0.1", "core.exposed=0.3333333333333333",
        "core.outstanding=10", "l2_tlb.replacement=random", "nested_tlb.fill=tables",
        "l1_tlb.segment_entry=2M", "filter.seed=9",
        "software.primary_region=[0x1000, 0xfffffffffffff000]"},
       {}});
}

void expect_reads_back(const LoadedConfig& loaded) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("machine.toml", to_toml(loaded));
  EXPECT_EQ(to_json(load_config({file, "", {}, {}}).config), to_json(loaded.config));
}

TEST(WriteConfig, SizesOfAKeyHaveTheirUnit) {
  EXPECT_EQ(to_toml(*find_key("memory.l3.size"), Value(int64_t{30} << 20)), "\"30MiB\"");
  EXPECT_EQ(to_toml(*find_key("l2_tlb.entries"), Value(int64_t{1024})), "1024");
}

TEST(WriteConfig, EveryPresetReadsBack) {
  for (const Preset& preset : presets()) expect_reads_back(load_config({"", preset.name, {}, {}}));
}

TEST(WriteConfig, EverythingChangedReadsBack) {
  expect_reads_back(everything_changed());
}

TEST(WriteConfig, EveryKeyIsWrittenWithDefaultAndSource) {
  const std::string text = to_toml(load_config({}));
  for (const Key& key : keys()) {
    const std::string leaf(key.leaf());
    EXPECT_TRUE(text.find("\n" + leaf + " = ") != text.npos ||
                text.find("\n# " + leaf + " =\n") != text.npos)
        << key.name;
    EXPECT_FALSE(key.doc.empty()) << key.name;
    EXPECT_FALSE(key.range.empty()) << key.name;
    EXPECT_FALSE(key.source.empty()) << key.name;
  }
}

TEST(WriteConfig, AKeyIsDescribedInFull) {
  const std::string text = to_toml(load_config({}));
  EXPECT_NE(text.find("\n[memory.l1d]\n"), text.npos);
  EXPECT_NE(text.find("# A multiple of ways x 64 bytes.\n"
                      "# unit: bytes; range: 64 to 64GiB; default: \"32KiB\"; source: remembered, "
                      "never seen in print (spec 2.5)\n"
                      "size = \"32KiB\"\n"),
            text.npos);
}

TEST(WriteConfig, AValueOfAPresetTellsItsReason) {
  const std::string text = to_toml(load_config({"", "sandy-bridge-ep", {}, {}}));
  EXPECT_NE(text.find("default: 190; source: preset sandy-bridge-ep, measured: 78 ns at 2.6 GHz\n"
                      "memory = 204\n"),
            text.npos);
}

TEST(WriteConfig, JsonNestsTablesAndGivesNumbers) {
  const nlohmann::ordered_json json = to_json(load_config({}).config);
  EXPECT_EQ(json["mode"], "native");
  EXPECT_EQ(json["memory"]["l1d"]["size"], 32768);
  EXPECT_EQ(json["l1_tlb"]["pages_4k"]["entries"], 64);
  EXPECT_TRUE(json["references"].is_null());
  EXPECT_TRUE(json["memory"]["data_path"].is_boolean());
}

TEST(Keys, NamesAreUniqueAndATableStaysTogether) {
  std::set<std::string> names;
  std::set<std::string, std::less<>> tables;
  std::string_view table;
  for (const Key& key : keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    if (key.table() == table) continue;
    EXPECT_TRUE(tables.emplace(key.table()).second) << key.name;
    table = key.table();
  }
}

TEST(Keys, ThoseThatOthersRelyOnExist) {
  for (const char* name : {"paging.guest_levels", "paging.nested_levels", "core.outstanding",
                           "core.count", "walker.count", "l2_tlb.entries", "memory.data_path",
                           "segment_unit", "software.primary_region", "fetch"})
    EXPECT_NE(find_key(name), nullptr) << name;
}

}  // namespace
}  // namespace nestwalk
