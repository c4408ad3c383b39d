// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "model/walker/plain_walk.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/translate/page_image.h"
#include "sim/translate/translate.h"
#include "sim/translate/vector_case.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::vector<std::string> lines(std::istream& in) {
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

// An expected line as we print it: without qemu_* keys, and without the A bits that it calls early.
std::string without_qemu_keys(const std::string& line) {
  Json expected = Json::parse(line);
  if (expected.contains("qemu_early_a")) {
    Json kept = Json::array();
    for (const Json& word : expected["ad"]) {
      const Json& early = expected["qemu_early_a"];
      if (std::find(early.begin(), early.end(), word) == early.end()) kept.push_back(word);
    }
    expected["ad"] = kept;
  }
  Json result;
  for (const auto& [key, value] : expected.items())
    if (key.rfind("qemu_", 0) != 0) result[key] = value;
  std::string text;
  for (const char c : result.dump()) {
    text += c;
    if (c == ':' || c == ',') text += ' ';
  }
  return text;
}

class VectorCases : public ::testing::TestWithParam<const char*> {
 protected:
  std::string directory_ = std::string(NESTWALK_TEST_DATA) + "/vectors/" + GetParam();

  void expect_lines_of(const std::string& file, bool accessed_dirty) {
    std::stringstream out;
    translate_vectors(directory_, accessed_dirty, out);
    std::ifstream in(directory_ + "/" + file);
    const auto found = lines(out);
    const auto expected = lines(in);
    ASSERT_EQ(expected.size(), 2000u);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], without_qemu_keys(expected[i]));
  }
};

TEST_P(VectorCases, ResultsMatchLineByLine) {
  expect_lines_of("expected.jsonl", false);
}
TEST_P(VectorCases, AccessedAndDirtyMatchLineByLine) {
  expect_lines_of("expected_ad.jsonl", true);
}

// The case names ranges that its nested tables map linearly: a VMM segment over one of them must
// give the same answers, with fewer references.
TEST_P(VectorCases, VmmSegmentOverALinearRangeChangesNoAnswer) {
  std::ifstream in(directory_ + "/case.json");
  const Json json = Json::parse(in);
  const auto number = [](const Json& text) { return parse_address(text.get<std::string>()); };
  VectorCase vectors = read_vector_case(directory_ + "/case.json");
  const PageImage memory(directory_ + "/case.bin");
  const auto read = [&](HostPhysical address) { return memory.read(address); };
  int through_segment = 0;
  for (const Json& range : json["segments"]) {
    const GuestPhysical base(number(range["gpa"]));
    const VmmSegment segment(base, base + number(range["len"]),
                             number(range["hpa"]) - base.value());
    for (const VectorQuery& query : vectors.queries) {
      const TranslationContext& paged = vectors.contexts[query.context];
      if (paged.nested.root != vectors.contexts[0].nested.root) continue;
      TranslationContext segmented = paged;
      segmented.vmm_segment = segment;
      const PageWalk expected = walk_plain(paged, query.address, query.access, read);
      const PageWalk found = walk_plain(segmented, query.address, query.access, read);
      ASSERT_EQ(found.fault().kind, expected.fault().kind) << query.number;
      EXPECT_EQ(found.fault().code, expected.fault().code) << query.number;
      if (found.fault()) continue;
      EXPECT_EQ(found.translation().address, expected.translation().address) << query.number;
      if (found.memory_references() < expected.memory_references()) ++through_segment;
    }
  }
  EXPECT_GT(through_segment, 100);
}

INSTANTIATE_TEST_SUITE_P(Qemu, VectorCases, ::testing::Values("seed1", "seed5"));

// A copy of a case to spoil.
class MalformedCase : public ::testing::Test {
 protected:
  MalformedCase() {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    directory_ =
        fs::temp_directory_path() / ("nestwalk_vectors_" + name + std::to_string(getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    for (const char* file : {"case.json", "case.bin"})
      fs::copy_file(fs::path(NESTWALK_TEST_DATA) / "vectors/seed1" / file, directory_ / file);
  }
  ~MalformedCase() override { fs::remove_all(directory_); }

  void overwrite(uint64_t offset, const std::string& bytes) {
    std::fstream file(directory_ / "case.bin", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << bytes;
  }
  template <class Edit>
  void edit_json(Edit edit) {
    std::ifstream in(directory_ / "case.json");
    Json json = Json::parse(in);
    edit(json);
    std::ofstream(directory_ / "case.json") << json;
  }
  void expect_error(const std::vector<std::string>& parts) {
    std::ostringstream out;
    try {
      translate_vectors(directory_, false, out);
      FAIL() << "accepted";
    } catch (const InputError& error) {
      for (const std::string& part : parts)
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_EQ(out.str(), "");
  }

  fs::path directory_;
};

TEST_F(MalformedCase, MissingFiles) {
  fs::remove(directory_ / "case.bin");
  expect_error({"case.bin", "cannot be opened"});
  fs::remove(directory_ / "case.json");
  expect_error({"case.json", "cannot be opened"});
}

TEST_F(MalformedCase, DirectoriesForFiles) {
  for (const char* file : {"case.bin", "case.json"}) {
    fs::remove(directory_ / file);
    fs::create_directory(directory_ / file);
    expect_error({file, "cannot be read: Is a directory"});
  }
}

TEST_F(MalformedCase, BadMagic) {
  overwrite(0, "NPTIMG02");
  expect_error({"case.bin: byte 0", "NPTIMG01"});
}

TEST_F(MalformedCase, BadVersion) {
  overwrite(8, "\x07");
  expect_error({"case.bin: byte 8", "version is 7"});
}

TEST_F(MalformedCase, UnalignedDataOffset) {
  overwrite(16, "\x01");
  expect_error({"case.bin: byte 16", "multiple of 4096"});
}

TEST_F(MalformedCase, DescendingPages) {
  overwrite(40, std::string(8, '\0'));
  expect_error({"case.bin: byte 40", "above the one before"});
}

TEST_F(MalformedCase, TruncatedAnywhere) {
  for (const uint64_t size : {0, 4, 10, 14, 20, 100, 5000, 344063}) {
    fs::resize_file(directory_ / "case.bin", size);
    expect_error({"case.bin: byte "});
  }
}

TEST_F(MalformedCase, HugePageCountIsNoAllocation) {
  overwrite(12, "\xff\xff\xff\xff");
  expect_error({"case.bin: byte 344064", "ends here"});
}

TEST_F(MalformedCase, BrokenJson) {
  fs::resize_file(directory_ / "case.json", 1000);
  expect_error({"case.json: byte ", "JSON"});
  std::ofstream(directory_ / "case.json") << "[1e999]";
  expect_error({"case.json", "number"});
  std::ofstream(directory_ / "case.json") << std::string(100000, '[') << std::string(100000, ']');
  expect_error({"case.json", "nested too deep"});
  std::ofstream(directory_ / "case.json") << "{\"\\\"" << std::string(100, '[') << "\": [}";
  expect_error({"case.json: byte 109", "JSON"});
  std::ofstream(directory_ / "case.json") << "{}" << std::string(3, '\0') << "{";
  expect_error({"case.json: byte 3", "JSON"});
}

TEST_F(MalformedCase, BadKeysAreNamed) {
  const auto spoil = [this](auto edit, const std::vector<std::string>& parts) {
    const fs::path original = fs::path(NESTWALK_TEST_DATA) / "vectors/seed1/case.json";
    fs::copy_file(original, directory_ / "case.json", fs::copy_options::overwrite_existing);
    edit_json(edit);
    expect_error(parts);
  };
  spoil([](Json& j) { j.erase("guest"); }, {"case.json", "\"guest\" is missing"});
  spoil([](Json& j) { j["guest"]["levels"] = 3; }, {"guest: levels", "from 4 to 5"});
  spoil([](Json& j) { j["guest"]["nxe"] = "yes"; }, {"guest: nxe", "true or false"});
  spoil([](Json& j) { j["maxphyaddr"] = 53; }, {"maxphyaddr", "from 36 to 52"});
  spoil([](Json& j) { j["ad"] = "both"; }, {"ad", "fresh"});
  spoil([](Json& j) { j["contexts"] = Json::array(); }, {"contexts", "empty"});
  spoil([](Json& j) { j["contexts"][2].erase("ncr3"); }, {"contexts[2]", "\"ncr3\" is missing"});
  spoil([](Json& j) { j["queries"][7]["gva"] = "12"; }, {"queries[7]: gva", "\"12\""});
  spoil([](Json& j) { j["queries"][7]["gva"] = 12; }, {"queries[7]: gva", "string"});
  spoil([](Json& j) { j["queries"][7]["acc"] = "rw"; },
        {"queries[7]: acc", "must be r, w or x, not \"rw\""});
  spoil([](Json& j) { j["queries"][7]["ctx"] = 12; }, {"queries[7]: ctx", "from 0 to 11"});
  spoil([](Json& j) { j["queries"][7]["ctx"] = -1; }, {"queries[7]: ctx"});
  spoil([](Json& j) { j["queries"] = "none"; }, {"queries", "array"});
  spoil([](Json& j) { j = Json::array(); }, {"case.json", "object"});
}

}  // namespace
}  // namespace nestwalk
