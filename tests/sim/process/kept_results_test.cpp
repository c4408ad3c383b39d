// SPDX-License-Identifier: Apache-2.0
#include "sim/process/kept_results.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sim/io/input_error.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using Json = KeptResults::Json;

TEST(KeptResults, AreThereAgain) {
  const TemporaryDirectory directory;
  const std::string file = directory.path("kept");
  const Json result = {{"z", 1}, {"a", {1.5, nullptr}}};
  {
    KeptResults kept(file);
    EXPECT_EQ(kept.find("one", {{"key", 1}}), nullptr);
    EXPECT_TRUE(directory.names().empty());
    kept.keep("one", {{"key", 1}}, result);
    kept.keep("two", {{"key", 1}}, {{"z", 2}});
    kept.keep("two", {{"key", 2}}, {{"z", 3}});
    EXPECT_EQ(kept.find("two", {{"key", 1}}), nullptr);
  }
  const KeptResults kept(file);
  ASSERT_NE(kept.find("one", {{"key", 1}}), nullptr);
  EXPECT_EQ(kept.find("one", {{"key", 1}})->dump(), result.dump()) << "in the same order";
  ASSERT_NE(kept.find("two", {{"key", 2}}), nullptr);
  EXPECT_EQ(kept.find("two", {{"key", 2}})->at("z"), 3);
  EXPECT_EQ(kept.find("two", {{"key", 1}}), nullptr);
  EXPECT_TRUE(kept.has("two"));
  EXPECT_FALSE(kept.has("three"));
}

TEST(KeptResults, AreOfOneBuild) {
  const TemporaryDirectory directory;
  const std::string file = directory.path("kept");
  KeptResults(file, "build 1").keep("one", Json::object(), Json::object());
  EXPECT_NE(KeptResults(file, "build 1").find("one", Json::object()), nullptr);
  EXPECT_EQ(KeptResults(file, "build 2").find("one", Json::object()), nullptr);
  EXPECT_TRUE(KeptResults(file, "build 2").has("one"));
}

TEST(KeptResults, MayBeCutOffAnywhere) {
  const TemporaryDirectory directory;
  const std::string file = directory.path("kept");
  const Json none = Json::object();
  KeptResults(file).keep("one", none, none);
  const size_t first = directory.read("kept").size();
  KeptResults(file).keep("two", none, none);
  const std::string whole = directory.read("kept");
  for (size_t size = 20; size < whole.size(); ++size) {
    directory.write("kept", whole.substr(0, size));
    KeptResults kept(file);
    EXPECT_EQ(kept.find("one", none) != nullptr, size + 1 >= first) << size;
    EXPECT_EQ(kept.find("two", none) != nullptr, size + 1 == whole.size()) << size;
    kept.keep("three", none, none);
    kept.keep("four", none, none);
    const KeptResults again(file);
    EXPECT_EQ(again.find("one", none) != nullptr, size + 1 >= first) << size;
    EXPECT_NE(again.find("three", none), nullptr) << size;
    EXPECT_NE(again.find("four", none), nullptr) << size;
  }
}

TEST(KeptResults, LeaveOtherFilesAlone) {
  const TemporaryDirectory directory;
  for (const char* text : {"my notes\n", "\n", "{\"config\": {}}\n"}) {
    directory.write("file", text);
    EXPECT_THROW(KeptResults(directory.path("file")), InputError) << text;
    EXPECT_EQ(directory.read("file"), text);
  }
  directory.write("file", "");
  KeptResults(directory.path("file")).keep("one", Json::object(), Json::object());
  EXPECT_THROW(KeptResults(directory.path(".")), InputError);
  EXPECT_THROW(KeptResults("-"), InputError);
  ASSERT_EQ(mkfifo(directory.path("pipe").c_str(), 0600), 0);
  EXPECT_THROW(KeptResults(directory.path("pipe")), InputError);
}

}  // namespace
}  // namespace nestwalk
