// SPDX-License-Identifier: Apache-2.0
// Traces converted and told of. Recording: tests/sim/stream/record_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

using testing::HasSubstr;

TEST(TraceCommand, ConvertsThereAndBack) {
  const TemporaryDirectory directory;
  const std::string text =
      "C cr3 0x1005\nR 0x7f0000001000 8\nW 0x7f0000001008 4 t1 i7\nR 0x10 1\nC invpcid-all\n";
  const std::string in = directory.write("in.txt", text);
  const std::string nwt = directory.path("a.nwt");
  const std::string out = directory.path("out.txt");
  EXPECT_EQ(run_program("trace convert " + in + " -o " + nwt).code, 0);
  EXPECT_EQ(run_program("trace convert " + nwt + " -o " + out).code, 0);
  EXPECT_EQ(directory.read("out.txt"), text);
  EXPECT_EQ(run_program("trace convert - --to text -o -", text).out, text);
  EXPECT_EQ(run_program("trace convert " + in + " -o -").out, directory.read("a.nwt"));
  for (const std::string format : {"lackey", "elf"}) {
    const Outcome outcome = run_program("trace convert " + in + " --to " + format + " -o " + nwt);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.err,
              "nestwalk: --to: traces are written as nwt or text, not as \"" + format + "\"\n");
  }
  EXPECT_EQ(run_program("trace convert " + in + " -o ''").code, 2);
  EXPECT_EQ(run_program("trace convert " + in + " -o " + directory.path("a.txt.bz2")).code, 2);
  EXPECT_EQ(directory.names().size(), 3u);
}

TEST(TraceCommand, CompressesAsTheNameSays) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 50000; ++i)
    text += "R 0x" + std::to_string(100000 + i * 7919 % 90000) + " 8\n";
  const std::string in = directory.write("in.txt", text);
  ASSERT_EQ(run_program("trace convert " + in + " -o " + directory.path("a.nwt")).code, 0);
  const std::map<std::string, std::string> magics{
      {".gz", "\x1f\x8b"}, {".xz", "\xfd\x37zXZ"}, {".zst", "\x28\xb5\x2f\xfd"}};
  for (const auto& [suffix, magic] : magics)
    for (const std::string& kind : std::vector<std::string>{"b.txt", "b.nwt", "b"}) {
      const std::string packed = directory.path(kind + suffix);
      ASSERT_EQ(run_program("trace convert " + in + " -o " + packed).code, 0) << packed;
      EXPECT_EQ(directory.read(kind + suffix).substr(0, magic.size()), magic) << packed;
      const std::string again = directory.path("c.txt");
      ASSERT_EQ(run_program("trace convert " + packed + " -o " + again).code, 0) << packed;
      EXPECT_EQ(directory.read("c.txt"), text) << packed;
      const Outcome info = run_program("trace info --json - " + packed);
      EXPECT_EQ(nlohmann::json::parse(info.out).at("format"), kind == "b.txt" ? "text" : "nwt");
    }
  EXPECT_EQ(std::system(("gzip -dc " + directory.path("b.txt.gz") + " | cmp - " + in).c_str()), 0);
  EXPECT_EQ(std::system(("xz -dc " + directory.path("b.txt.xz") + " | cmp - " + in).c_str()), 0);
}

TEST(TraceCommand, ADamagedInputLeavesTheOldOutput) {
  const TemporaryDirectory directory;
  const std::string in = directory.write("in.txt", "R 1\nR 2\nX 3\n");
  const std::string out = directory.write("out.nwt", "old");
  const Outcome outcome = run_program("trace convert " + in + " -o " + out);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("in.txt:3: found \"X 3\""));
  EXPECT_EQ(directory.read("out.nwt"), "old");
  EXPECT_EQ(directory.names().size(), 2u);
}

TEST(TraceCommand, ConvertsAPart) {
  const TemporaryDirectory directory;
  const std::string text =
      "C cr3 0x1005\nR 0x10 8\nW 0x20 8 i3\nC invpcid-all\nR 0x30 8 i7\nR 0x40 8\n";
  const auto part = [&](const std::string& options) {
    return run_program("trace convert - --to text -o - " + options, text);
  };
  EXPECT_EQ(part("--skip 1 --references 2").out,
            "C cr3 0x1005\nW 0x20 8 i3\nC invpcid-all\nR 0x30 8 i7\n");
  EXPECT_EQ(part("--skip 2").out, "C cr3 0x1005\nC invpcid-all\nR 0x30 8 i7\nR 0x40 8\n");
  EXPECT_EQ(part("--references 1").out, "C cr3 0x1005\nR 0x10 8\n");
  EXPECT_EQ(part("--skip 0 --references 99").out, text);

  const std::string out = directory.write("out.nwt", "old");
  const Outcome past = run_program("trace convert - -o " + out + " --skip 5", text);
  EXPECT_EQ(past.code, 2);
  EXPECT_EQ(past.err,
            "nestwalk: skip: the stream ends after 4 data references, before 5 are skipped\n");
  EXPECT_EQ(directory.read("out.nwt"), "old");
  for (const char* const wrong : {"--skip -1", "--skip 18446744073709551616", "--references 0",
                                  "--references -1", "--references 1e3"})
    EXPECT_EQ(part(wrong).code, 2) << wrong;
}

/// HPCC's first update is of word 2.
TEST(TraceCommand, WritesAWorkloadsStream) {
  const std::string convert = "trace convert --workload gups:size=1MiB,updates=200 --to text -o - ";
  const Outcome whole = run_program(convert);
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(whole.out.rfind("R 0x10000000010 8 i12\nW 0x10000000010 8 i0\n", 0), 0U);
  EXPECT_EQ(run_program(convert + "--references 2").out, whole.out.substr(0, 43));
  EXPECT_EQ(run_program(convert + "--seed 1").out, whole.out);
  EXPECT_NE(run_program(convert + "--seed 2").out, whole.out);
  for (const char* wrong : {"trace convert -o -", "trace convert --seed 1 -o - x",
                            "trace convert --workload gups --workload mcf -o -"})
    EXPECT_EQ(run_program(wrong).code, 2) << wrong;
  EXPECT_EQ(run_program(convert + "in").code, 2);
  EXPECT_EQ(run_program(convert + "--format nwt").code, 2);
  EXPECT_EQ(run_program(convert + "--seed 1 --seed 2").err,
            "nestwalk: --seed is given twice (see --help)\n");
}

TEST(TraceCommand, SaysThatItWasInterrupted) {
  const TemporaryDirectory directory;
  const std::string out = directory.write("out.nwt", "old");
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    const std::string command = "yes 'R 0x1000 8' | timeout --foreground --preserve-status -s " +
                                signal + " 1 " NESTWALK_PROGRAM " trace convert - -o " + out +
                                " 2>" + directory.path("err");
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1) << signal;
    EXPECT_EQ(directory.read("err"), "nestwalk: interrupted; nothing was written\n") << signal;
  }
  EXPECT_EQ(directory.read("out.nwt"), "old");
  EXPECT_EQ(directory.names().size(), 2u);
}

TEST(TraceCommand, DoesNotReplaceWhatItReads) {
  const TemporaryDirectory directory;
  const std::string trace = directory.write("a.txt", "R 0x1000 8\nR 0x2000 8\n");
  const Outcome outcome = run_program("trace convert --skip 1 " + trace + " -o " + trace);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "nestwalk: " + trace + ": would replace " + trace +
                             ", which is read; write to another file\n");
  EXPECT_EQ(directory.read("a.txt"), "R 0x1000 8\nR 0x2000 8\n");
}

TEST(TraceCommand, InfoTellsTheSameOfEachFormat) {
  const TemporaryDirectory directory;
  const std::string text = "R 0x7f0000001ffc 8 i3\nW 0x7f0000001000 8\nR 0x1000 1 t1\n";
  const std::string in = directory.write("in.txt", text);
  ASSERT_EQ(run_program("trace convert " + in + " -o " + directory.path("a.nwt")).code, 0);
  const auto info = [](const std::string& file, const std::string& input = {}) {
    return nlohmann::json::parse(run_program("trace info --json - " + file, input).out);
  };
  nlohmann::json of_text = info(in);
  EXPECT_EQ(of_text["format"], "text");
  EXPECT_EQ(of_text["bytes"], text.size());
  EXPECT_EQ(of_text["references"], 3);
  EXPECT_EQ(of_text["stores"], 1);
  EXPECT_EQ(of_text["instructions"], 5);
  EXPECT_EQ(of_text["threads"], 2);
  EXPECT_EQ(of_text["touched_pages"], 3);
  EXPECT_EQ(of_text["primary_region"], nlohmann::json({"0x7f0000001000", "0x7f0000003000"}));
  EXPECT_EQ(of_text["clusters"].size(), 2u);
  nlohmann::json of_nwt = info(directory.path("a.nwt"));
  EXPECT_EQ(of_nwt["format"], "nwt");
  EXPECT_EQ(info("-", text)["bytes"], nullptr);
  directory.write("-", "a file of that name");
  const Outcome named = run_program("trace info --json - -", text, directory.path(""));
  EXPECT_EQ(nlohmann::json::parse(named.out)["bytes"], nullptr);
  for (const char* const differs : {"trace", "format", "bytes", "bytes_per_reference"}) {
    of_text.erase(differs);
    of_nwt.erase(differs);
  }
  EXPECT_EQ(of_text, of_nwt);
}

}  // namespace
}  // namespace nestwalk
