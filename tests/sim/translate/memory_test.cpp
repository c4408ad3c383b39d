// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/io/input_error.h"
#include "sim/translate/translate.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kPresent = 1, kWritable = 2, kUser = 4, kLarge = 0x80;
constexpr uint64_t kNx = uint64_t{1} << 63;

// An image with tables at 0x1000 (level 4), 0x2000, 0x3000, 0x4000 (level 1).
class RawImage : public ::testing::Test {
 protected:
  RawImage() : words_(0x10000 / 8) {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    options_.image =
        fs::temp_directory_path() / ("nestwalk_image_" + name + std::to_string(getpid()));
    options_.cr3 = 0x1000;
    set(0x1000, 0, 0x2000 | kPresent | kWritable | kUser);
    set(0x2000, 0, 0x3000 | kPresent | kWritable | kUser);
    set(0x3000, 0, 0x4000 | kPresent | kWritable | kUser);
    set(0x4000, 1, 0x7000 | kPresent | kWritable | kUser);
    set(0x4000, 2, 0x8000 | kPresent | kNx);
  }
  ~RawImage() override { fs::remove(options_.image); }

  void set(uint64_t table, uint64_t index, uint64_t entry) { words_[table / 8 + index] = entry; }

  void save() {
    std::ofstream(options_.image, std::ios::binary)
        .write(reinterpret_cast<const char*>(words_.data()),
               static_cast<std::streamsize>(words_.size() * 8));
  }
  std::string translate(std::vector<std::string> addresses, const std::string& input = "") {
    save();
    options_.addresses = std::move(addresses);
    std::istringstream in(input);
    std::ostringstream out;
    past_end_ = translate_memory(options_, in, out);
    return out.str();
  }
  std::string error(std::vector<std::string> addresses, const std::string& input = "") {
    try {
      return "accepted: " + translate(std::move(addresses), input);
    } catch (const InputError& problem) {
      return problem.what();
    }
  }

  std::vector<uint64_t> words_;
  MemoryTranslation options_;
  std::optional<HostPhysical> past_end_;
};

TEST_F(RawImage, PrintsALineAnAddress) {
  EXPECT_EQ(translate({"0x1234", "0x0000000000001FFF"}), "0x1234 -> 0x7234\n0x1fff -> 0x7fff\n");
}

TEST_F(RawImage, FaultsAreAnswersThatSayWhy) {
  EXPECT_EQ(translate({"0x5000"}), "0x5000 -> fault: #PF code 0x0, not present at level 1\n");
  EXPECT_EQ(translate({"0x800000000000"}),
            "0x800000000000 -> fault: #GP(0), address not canonical\n");
  options_.user = true;
  EXPECT_EQ(translate({"0x2000"}), "0x2000 -> fault: #PF code 0x5, protection at level 1\n");
}

TEST_F(RawImage, SupervisorReadsByDefaultWithNxEnabled) {
  EXPECT_EQ(translate({"0x2008"}), "0x2008 -> 0x8008\n");
  options_.access = AccessKind::kWrite;
  EXPECT_EQ(translate({"0x2008"}), "0x2008 -> fault: #PF code 0x3, protection at level 1\n");
  options_.access = AccessKind::kExecute;
  EXPECT_EQ(translate({"0x2008"}), "0x2008 -> fault: #PF code 0x11, protection at level 1\n");
  EXPECT_EQ(translate({"0x1008"}), "0x1008 -> 0x7008\n");
}

TEST_F(RawImage, LowBitsOfCr3AreNoAddress) {
  options_.cr3 = 0x1fff;
  EXPECT_EQ(translate({"0x1000"}), "0x1000 -> 0x7000\n");
}

TEST_F(RawImage, FiveLevels) {
  options_.levels = 5;
  options_.cr3 = 0x5000;
  set(0x5000, 1, 0x1000 | kPresent);
  EXPECT_EQ(translate({"0x1000000001abc"}), "0x1000000001abc -> 0x7abc\n");
}

TEST_F(RawImage, ReadsBeyondTheEndAreNotPresent) {
  set(0x2000, 1, 0x10000 | kPresent);  // the first byte past the end
  set(0x2000, 2, 0x000ffffffffff000 | kPresent);
  EXPECT_EQ(translate({"0x40000000", "0x80000000"}),
            "0x40000000 -> fault: #PF code 0x0, not present at level 2\n"
            "0x80000000 -> fault: #PF code 0x0, not present at level 2\n");
  EXPECT_EQ(past_end_, HostPhysical(0x10000));
  translate({"0x1234", "0x5000"});
  EXPECT_EQ(past_end_, std::nullopt);
}

TEST_F(RawImage, RootsLieBelowMaxphyaddr) {
  options_.maxphyaddr = 40;
  options_.cr3 = uint64_t{1} << 40;
  EXPECT_EQ(error({"0x1234"}),
            "--cr3: is 0x10000000000, must be an address of 40 bits, at most 0xffffffffff");
  options_.cr3 = 0x1000;
  options_.nested_root = uint64_t{1} << 63;
  EXPECT_NE(error({"0x1234"}).find("--nested-root: is 0x8000000000000000, must be"),
            std::string::npos);
  options_.nested_root.reset();
  options_.maxphyaddr = 52;
  options_.cr3 = (uint64_t{1} << 52) - 1;
  EXPECT_EQ(translate({"0x1234"}), "0x1234 -> fault: #PF code 0x0, not present at level 4\n");
}

TEST_F(RawImage, IsNoPipe) {
  ASSERT_EQ(mkfifo(options_.image.c_str(), 0600), 0);
  std::istringstream in;
  std::ostringstream out;
  EXPECT_THROW(translate_memory(options_, in, out), InputError);  // nobody opens its other end
}

TEST_F(RawImage, LastWordOfAnOddSizedImageIsNotPresent) {
  words_.resize(0x4010 / 8);
  save();
  fs::resize_file(options_.image, 0x400c);
  options_.addresses = {"0x1000"};
  std::istringstream in;
  std::ostringstream out;
  translate_memory(options_, in, out);
  EXPECT_EQ(out.str(), "0x1000 -> fault: #PF code 0x0, not present at level 1\n");
}

TEST_F(RawImage, AddressesFromStandardInput) {
  EXPECT_EQ(translate({"0x1000", "-", "0x1002"}, "0x1001\r\n\n  0x5000 \n"),
            "0x1000 -> 0x7000\n0x1001 -> 0x7001\n"
            "0x5000 -> fault: #PF code 0x0, not present at level 1\n0x1002 -> 0x7002\n");
}

TEST_F(RawImage, NestedTablesInBothFormats) {
  // gPA = hPA below 2M but for the page 0x7000, by one 2M leaf and one table.
  options_.nested_root = 0xa01e;  // an EPTP: its low bits are no address
  set(0xa000, 0, 0xb000 | 7);
  set(0xb000, 0, 0xc000 | 7);
  set(0xc000, 0, 0x37 | kLarge);
  EXPECT_EQ(translate({"0x1234"}), "0x1234 -> 0x7234\n");
  set(0xc000, 0, 0xd000 | 7);
  for (uint64_t page = 0; page < 16; ++page) set(0xd000, page, page << 12 | 0x37);
  set(0xd000, 7, 0xe000 | 0x37);
  EXPECT_EQ(translate({"0x1234"}), "0x1234 -> 0xe234\n");
  set(0xd000, 7, 0xe000 | 0x36);
  EXPECT_EQ(translate({"0x1234"}),
            "0x1234 -> fault: EPT misconfiguration, data at gPA 0x7234, nested level 1\n");
  set(0xd000, 3, 0);
  EXPECT_EQ(translate({"0x1234"}),
            "0x1234 -> fault: EPT violation, qualification 0x83, guest table at gPA 0x3000, "
            "nested level 1\n");
  options_.nested_format = NestedFormat::kNpt;
  EXPECT_EQ(translate({"0x1234"}),
            "0x1234 -> fault: #NPF code 0x200000006, not present, guest table at gPA 0x3000, "
            "nested level 1\n");
}

TEST_F(RawImage, IsNeverModified) {
  translate({"0x1000"});
  const auto before = words_;
  std::ifstream in(options_.image, std::ios::binary);
  std::vector<uint64_t> after(words_.size());
  in.read(reinterpret_cast<char*>(after.data()), static_cast<std::streamsize>(after.size() * 8));
  EXPECT_EQ(after, before);
}

TEST_F(RawImage, BadInputIsNamed) {
  EXPECT_NE(error({"1000"}).find("ADDRESS: "), std::string::npos);
  EXPECT_NE(error({"0x1000", "0x"}).find("\"0x\""), std::string::npos);
  EXPECT_NE(error({"-"}, "0x1000\n0xzz\n").find("standard input:2: "), std::string::npos);
  options_.levels = 3;
  EXPECT_NE(error({"0x1000"}).find("--levels: is 3, must be 4 or 5"), std::string::npos);
  options_.levels = 4;
  options_.maxphyaddr = 53;
  EXPECT_NE(error({"0x1000"}).find("--maxphyaddr: is 53"), std::string::npos);
  options_.maxphyaddr = 52;
  words_.clear();
  EXPECT_NE(error({"0x1000"}).find("is empty"), std::string::npos);
  fs::remove(options_.image);
  std::istringstream in;
  std::ostringstream out;
  EXPECT_THROW(translate_memory(options_, in, out), InputError);
  const std::string file = options_.image;
  options_.image = fs::temp_directory_path();
  EXPECT_THROW(translate_memory(options_, in, out), InputError);
  options_.image = file;
}

}  // namespace
}  // namespace nestwalk
