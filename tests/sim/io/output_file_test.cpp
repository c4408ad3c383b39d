// SPDX-License-Identifier: Apache-2.0
#include "sim/io/output_file.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

TEST(OutputFile, ReplacesAFileAndLeavesNothingElse) {
  const TemporaryDirectory directory;
  directory.write("result.json", "a longer old text");
  write_file_atomically(directory.path("result.json"), "new");
  EXPECT_EQ(directory.read("result.json"), "new");
  EXPECT_EQ(directory.names(), std::vector<std::string>{"result.json"});
}

TEST(OutputFile, KeepsTheRightsOfAFile) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("result.json", "old");
  std::filesystem::permissions(file, std::filesystem::perms{0640});
  write_file_atomically(file, "new");
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0640});
}

TEST(OutputFile, WritesThroughALink) {
  const TemporaryDirectory directory;
  directory.write("target", "old");
  std::filesystem::create_symlink("target", directory.path("link"));
  write_file_atomically(directory.path("link"), "new");
  EXPECT_EQ(directory.read("target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(directory.path("link")));
}

TEST(OutputFile, ADeviceStaysADevice) {
  EXPECT_NO_THROW(write_file_atomically("/dev/null", "text"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_THROW(write_file_atomically("/dev/full", "text"), std::runtime_error);
}

TEST(OutputFile, AFailureLeavesTheOldFile) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path("result.json"));
  EXPECT_THROW(write_file_atomically(directory.path("result.json"), "new"), std::runtime_error);
  EXPECT_EQ(directory.names(), std::vector<std::string>{"result.json"});
}

TEST(OutputFile, APlaceThatCannotBeWrittenIsKnownBeforehand) {
  const TemporaryDirectory directory;
  EXPECT_NO_THROW(require_writable("-"));
  EXPECT_NO_THROW(require_writable(directory.path("new.json")));
  EXPECT_NO_THROW(require_writable("/dev/null"));
  EXPECT_THROW(require_writable(directory.path("none/new.json")), InputError);
  EXPECT_THROW(require_writable(directory.path(".")), InputError);
  const std::string file = directory.write("file", "");
  EXPECT_THROW(require_writable(file + "/new.json"), InputError);
  EXPECT_NO_THROW(require_writable(directory.path(std::string(200, 'a'))));
  EXPECT_THROW(require_writable(directory.path(std::string(255, 'a'))), InputError);
}

TEST(OutputFile, ADeletedFolderIsKnownBeforehand) {
  const TemporaryDirectory directory;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directory(directory.path("deleted"));
  std::filesystem::current_path(directory.path("deleted"));
  std::filesystem::remove(directory.path("deleted"));
  EXPECT_THROW(require_writable("result.json"), InputError);
  std::filesystem::current_path(before);
}

TEST(OutputFile, WritesThroughALinkToNothingYet) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path("elsewhere"));
  std::filesystem::create_symlink("elsewhere/new", directory.path("link"));
  write_file_atomically(directory.path("link"), "new");
  EXPECT_EQ(directory.read("elsewhere/new"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(directory.path("link")));
}

TEST(OutputFile, IsNotWhatIsRead) {
  const TemporaryDirectory directory;
  const std::string input = directory.write("input", "text");
  std::filesystem::create_symlink("input", directory.path("link"));
  std::filesystem::create_hard_link(input, directory.path("hard"));
  for (const char* name : {"input", "link", "hard", "./input"})
    EXPECT_THROW(require_apart(directory.path(name), input), InputError) << name;
  EXPECT_NO_THROW(require_apart(directory.path("new"), input));
  EXPECT_NO_THROW(require_apart(directory.write("other", "text"), input));
  EXPECT_NO_THROW(require_apart("-", input));
  EXPECT_NO_THROW(require_apart("/dev/null", "/dev/null"));
}

}  // namespace
}  // namespace nestwalk
