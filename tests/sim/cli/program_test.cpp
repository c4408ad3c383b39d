// SPDX-License-Identifier: Apache-2.0
// The command line from outside: exit codes, what goes to which stream.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "sim/version.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

TEST(Program, TellsItsVersion) {
  const Outcome outcome = run_program("--version");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, std::string("nestwalk ") + kVersion + "\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Program, HelpsWithAnExampleForEveryCommand) {
  for (const char* command : {"", "compare", "completion", "config", "explain", "report",
                              "reproduce", "run", "sweep", "trace", "translate", "verify"}) {
    const Outcome outcome = run_program(std::string(command) + " --help");
    EXPECT_EQ(outcome.code, 0) << command;
    EXPECT_NE(outcome.out.find(std::string("Example: nestwalk ") + command), std::string::npos)
        << command;
    EXPECT_EQ(outcome.err, "") << command;
  }
}

/// What bash offers for the last of the words.
std::string completed(const std::string& words) {
  const TemporaryDirectory directory;
  const std::string script = directory.write("script", "set -u\nsource <(" NESTWALK_PROGRAM
                                                       " completion)\ncompopt() { :; }\n"
                                                       "COMP_WORDS=(nestwalk " +
                                                           words +
                                                           ")\n"
                                                           "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                                           "_nestwalk\n"
                                                           "echo \"${COMPREPLY[*]}\"\n");
  const std::string command = "bash " + script + " >" + directory.path("out") + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return directory.read("out");
}

TEST(Program, CompletesItsCommandLine) {
  EXPECT_EQ(completed("tra"), "trace translate\n");
  EXPECT_EQ(completed("trace ''"), "record convert info\n");
  EXPECT_EQ(completed("trace record --too"), "--tool\n");
  EXPECT_EQ(completed("run --mode v"), "vmm-direct\n");
  EXPECT_EQ(completed("run --workload gups --set core.co"), "core.count=\n");
  EXPECT_EQ(completed("run --workload g"), "graph500 gups gemsfdtd\n");
  EXPECT_EQ(completed("run --pages 2M+"), "2M+4K 2M+2M 2M+1G\n");
  EXPECT_EQ(completed("reproduce fig11 --sc"), "--scale\n");
  EXPECT_EQ(completed("reproduce sil"), "silicon\n");
  EXPECT_EQ(completed("run --mode = v"), "vmm-direct\n");
  EXPECT_EQ(completed("run --timing ="), "lt at\n");
  EXPECT_EQ(completed("run --format mem"), "memtrace memtrace-view\n");
  EXPECT_EQ(completed("run --trace ''"), "\n") << "files";
  EXPECT_EQ(completed("verify --bes"), "\n") << "not of verify";
}

TEST(Program, RefusesAnUnknownCommand) {
  const Outcome outcome = run_program("trnslate --memory x");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "nestwalk: unknown command trnslate; did you mean translate?\n");
  EXPECT_EQ(run_program("trace recrd").err,
            "nestwalk: trace: unknown command recrd; did you mean record?\n");
}

TEST(Program, SaysWhichCommandsThereAreWhereOneIsMissing) {
  EXPECT_EQ(run_program("trace").err,
            "nestwalk: trace: a command is missing: record, convert, info (see --help)\n");
  const std::string all = run_program("").err;
  EXPECT_EQ(all.rfind("nestwalk: a command is missing: run, compare, ", 0), 0U) << all;
}

TEST(Program, NamesAnUnknownOptionWhereACommandBelongs) {
  EXPECT_EQ(run_program("--nonsense run").err,
            "nestwalk: unknown option --nonsense (see --help)\n");
  EXPECT_EQ(run_program("trace --foo").err, "nestwalk: trace: unknown option --foo (see --help)\n");
  EXPECT_EQ(run_program("''").err.rfind("nestwalk: unknown command \"\"; there are run", 0), 0U);
}

TEST(Program, RefusesWrongUsage) {
  for (const char* arguments : {"", "--nonsense", "config --nonsense", "config a b", "config --set",
                                "translate", "translate --levels 4 0x0"}) {
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_EQ(outcome.err.rfind("nestwalk: ", 0), 0U) << arguments << ": " << outcome.err;
  }
}

TEST(Program, OutputThatCannotBeWrittenIsAFailure) {
  const TemporaryDirectory directory;
  const std::string command =
      std::string(NESTWALK_PROGRAM) + " config >/dev/full 2>" + directory.path("err");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_EQ(directory.read("err"), "nestwalk: standard output cannot be written\n");
}

TEST(Program, AFileIsNoStandardStreamThatWasClosed) {
  const TemporaryDirectory directory;
  const std::string command = std::string(NESTWALK_PROGRAM) +
                              " run --workload gups:size=1MiB,updates=100 --json " +
                              directory.path("result.json") + " >&- 2>" + directory.path("err");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_EQ(directory.read("err"), "nestwalk: standard output cannot be written\n");
  EXPECT_EQ(nlohmann::json::parse(directory.read("result.json"))["references"], 200);
}

TEST(Program, AFileThatMayGrowNoMoreIsAFailure) {
  const TemporaryDirectory directory;
  const std::string command = "ulimit -f 4; " + std::string(NESTWALK_PROGRAM) + " config >" +
                              directory.path("out") + " 2>" + directory.path("err");
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status)) << "a signal ended it";
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(directory.read("err"), "nestwalk: standard output cannot be written\n");
}

/// What a command for a shell leaves on a terminal.
std::string on_terminal(const std::string& command) {
  const TemporaryDirectory directory;
  const std::string script =
      "script -qec '" + command + "' /dev/null </dev/null >" + directory.path("out");
  EXPECT_NE(std::system(script.c_str()), -1);
  return directory.read("out");
}

TEST(Program, ShowsOnATerminalHowFarItIsAndLeavesNothingOfThat) {
  const std::string interrupted = "timeout --foreground --preserve-status -s INT 2 ";
  const std::string command =
      interrupted + NESTWALK_PROGRAM + " run --workload gups:size=1GiB,updates=1000000000";
  const std::string run = on_terminal(command);
  const std::regex shown(
      "^(\r\x1b\\[K[0-9,]+ references, [0-9.]+ M/s, [0-9]+ %, [0-9]+ (s|min|h [0-9]+ min) left)+"
      "\r\x1b\\[KInterrupted: ");
  EXPECT_TRUE(std::regex_search(run, shown)) << run.substr(0, 1000);
  const std::string narrow = on_terminal("stty cols 20; " + command);
  const std::regex cut("^(\r\x1b\\[K[0-9,]+ refer[^\r]{0,9})+\r\x1b\\[KInterrupted: ");
  EXPECT_TRUE(std::regex_search(narrow, cut)) << narrow.substr(0, 1000);
  EXPECT_EQ(on_terminal("TERM=dumb " + command).find("Interrupted: "), 0U);

  const TemporaryDirectory directory;
  const std::string sweep = directory.write(
      "s.toml", "[base]\nworkload = \"gups:size=1GiB,updates=100000000\"\n[axes]\nseed = [1, 2]\n");
  const std::string points = on_terminal(interrupted + NESTWALK_PROGRAM + " sweep " + sweep +
                                         " -o " + directory.path("r.sqlite"));
  const std::regex begins("^(\r\x1b\\[K0 of 2 points)+\r\x1b\\[K[^\r]*/r.sqlite: 2 points: ");
  EXPECT_TRUE(std::regex_search(points, begins)) << points;
}

/// Which say where a value comes from.
std::string without_comments(const std::string& toml) {
  return std::regex_replace(toml, std::regex("(^|\n)#[^\n]*"), "");
}

TEST(ConfigCommand, ItsOutputIsItsInput) {
  const TemporaryDirectory directory;
  const Outcome first = run_program("config --preset modern --set l2_tlb.entries=1536");
  ASSERT_EQ(first.code, 0);
  directory.write("machine.toml", first.out);
  const Outcome second = run_program("config " + directory.path("machine.toml"));
  EXPECT_EQ(second.code, 0);
  EXPECT_NE(second.out.find("\nentries = 1536\n"), std::string::npos);
  EXPECT_EQ(without_comments(second.out), without_comments(first.out));
}

TEST(ConfigCommand, AnErrorNamesFileAndLine) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("machine.toml", "[l2_tlb]\nentires = 3\n");
  const Outcome outcome = run_program("config " + file);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "nestwalk: " + file +
                             ":2: l2_tlb.entires: unknown key; did you mean l2_tlb.entries?\n");
}

TEST(CompareCommand, RefusesWhatIsNoResult) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run_program("compare " + directory.path("none.json")).code, 2);
  EXPECT_EQ(run_program("compare " + directory.write("text", "no json")).code, 2);
  EXPECT_EQ(run_program("compare " + directory.write("other.json", "{}")).code, 2);
}

/// Four tables that map 0x5000 to 0x9000.
std::string memory_image() {
  std::string image(0x5000, '\0');
  const auto set = [&](size_t address, uint64_t entry) {
    for (size_t i = 0; i < 8; ++i) image[address + i] = static_cast<char>(entry >> (8 * i));
  };
  set(0x1000, 0x2007);
  set(0x2000, 0x3007);
  set(0x3000, 0x4007);
  set(0x4028, 0x9007);
  return image;
}

TEST(TranslateCommand, WalksARawImage) {
  const TemporaryDirectory directory;
  const std::string image = directory.write("ram", memory_image());
  const Outcome outcome =
      run_program("translate --memory " + image + " --cr3 0x1fff 0x5123 0x6000");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out.substr(0, 37), "0x5123 -> 0x9123\n0x6000 -> fault: #PF");
  EXPECT_EQ(outcome.err, "");
}

TEST(TranslateCommand, ReadsAddressesFromItsInput) {
  const TemporaryDirectory directory;
  const std::string image = directory.write("ram", memory_image());
  const Outcome outcome =
      run_program("translate --memory " + image + " --cr3 0x1000 -", "0x5001\n0x5002\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "0x5001 -> 0x9001\n0x5002 -> 0x9002\n");
}

TEST(TranslateCommand, TellsWhatIsAmissBesideItsAnswers) {
  const TemporaryDirectory directory;
  const std::string image = directory.write("ram", memory_image().substr(0, 0x4028));
  const Outcome cut = run_program("translate --memory " + image + " --cr3 0x1000 0x4123 0x5123");
  EXPECT_EQ(cut.code, 0);
  EXPECT_EQ(cut.err, "nestwalk: " + image +
                         " ends before the table entry at 0x4028: what lies "
                         "past its end is not present\n");
  const Outcome native =
      run_program("translate --memory " + image + " --cr3 0x1000 --nested-format npt 0x4123");
  EXPECT_EQ(native.code, 0);
  EXPECT_NE(native.err.find("without --nested-root there are no nested tables"), std::string::npos);
  const std::string unread = std::string(NESTWALK_PROGRAM) + " translate --memory " + image +
                             " --cr3 0x1000 - <. 2>" + directory.path("err");
  EXPECT_EQ(WEXITSTATUS(std::system(unread.c_str())), 1);
  EXPECT_EQ(directory.read("err"), "nestwalk: standard input cannot be read\n");
}

TEST(Program, ItsMessagesCannotTakeHoldOfATerminal) {
  const Outcome outcome = run_program("\"$(printf 'a\\033[2J\\177\\nb')\"");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err.substr(0, outcome.err.find("; ") + 2),
            "nestwalk: unknown command a\\x1b[2J\\x7f\nb; ");
}

TEST(TranslateCommand, RefusesWrongOptions) {
  const TemporaryDirectory directory;
  const std::string memory = "translate --memory " + directory.write("ram", memory_image());
  for (const std::string& arguments :
       {memory + " 0x1", memory + " --cr3 0x1000", memory + " --cr3 1000 0x1",
        memory + " --cr3 0x1000 --levels 6 0x1", memory + " --cr3 0x1000 --access q 0x1",
        memory + " --cr3 0x1000 5123", memory + " --cr3 0x1000 --vectors x 0x1",
        memory + " --cr3 0x1000 --ad 0x1", memory + " --cr3 0x1000 --nested-root '' 0x1",
        memory + " --cr3 '' 0x1", std::string("translate --vectors . 0x1")}) {
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
  }
  EXPECT_EQ(run_program(memory + " --cr3 0x1000 --nested-levels four 0x1").err,
            "nestwalk: --nested-levels: must be a whole number from 4 to 5, not \"four\" "
            "(see --help)\n");
}

}  // namespace
}  // namespace nestwalk
