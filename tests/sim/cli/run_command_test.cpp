// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "tests/support/program.h"

namespace nestwalk {
namespace {

const std::string kSmall = "--workload gups:size=16MiB,updates=2000 ";

TEST(RunCommand, ReportsToAPerson) {
  const Outcome outcome = run_program("run --mode vmm-direct " + kSmall);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out.rfind("vmm-direct, pages 4K+4K, timing lt, preset paper: gups", 0), 0U);
  EXPECT_NE(outcome.out.find("\nreferences" + std::string(31, ' ') + "4,000   data references"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(outcome.err, "");
}

TEST(RunCommand, JsonOnStandardOutputIsAllThereIs) {
  const Outcome outcome = run_program("run --json - " + kSmall);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("references"), 4000);
}

TEST(RunCommand, JsonInAFileGoesWithTheReport) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("result.json", "old");
  const Outcome outcome = run_program("run --json " + file + " " + kSmall);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out, "");
  EXPECT_EQ(nlohmann::json::parse(directory.read("result.json")).at("references"), 4000);
  EXPECT_EQ(directory.names(), std::vector<std::string>{"result.json"});
}

TEST(RunCommand, AFailureLeavesTheOldFile) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("result.json", "old");
  const std::string trace = directory.write("trace.txt", "R 0x1000 8\nR nonsense\n");
  const Outcome outcome = run_program("run --json " + file + " --trace " + trace);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("trace.txt"), std::string::npos) << outcome.err;
  EXPECT_EQ(directory.read("result.json"), "old");
  EXPECT_EQ(directory.names().size(), 2U);
}

/// The second page's walk finds the first process's directory in the structure caches. AT tells of
/// it when it is answered.
TEST(RunCommand, AnEntryThatTheStreamHasLeftStaleIsTheStreamsError) {
  const TemporaryDirectory directory;
  const std::string trace =
      directory.write("stale.txt",
                      "R 0x10000000000 8\nC cr3 0x8000000000001000\nR 0x10000001000 8\n"
                      "R 0x10000002000 8\nR 0x10000003000 8\n");
  const std::pair<const char*, const char*> cases[] = {
      {"", "1 data reference"},
      {"--set segment_unit=rtl", "1 data reference"},
      {"--timing at", "2 data references"},
      {"--timing at --set core.outstanding=4", "4 data references"},
  };
  for (const auto& [options, place] : cases) {
    const Outcome outcome = run_program("run --trace " + trace + " " + options);
    EXPECT_EQ(outcome.code, 2) << options;
    const std::string expected = "nestwalk: " + trace + ": after " + place +
                                 ": address 0x10000001000 faults although it is mapped";
    EXPECT_EQ(outcome.err.rfind(expected, 0), 0U) << outcome.err;
  }
  const std::string before =
      directory.write("before.txt", "R 0x10000000000 8\nC cr3 0x8000000000001000\n");
  const Outcome explained = run_program("explain --trace " + before + " --address 0x10000001000");
  EXPECT_EQ(explained.code, 2);
  EXPECT_EQ(explained.out, "");
  EXPECT_NE(explained.err.find("address 0x10000001000 faults although"), std::string::npos);
}

TEST(RunCommand, DoesNotReplaceWhatItReads) {
  const TemporaryDirectory directory;
  const std::string text = "R 0x1000 8\nW 0x2000 8\n";
  const std::string trace = directory.write("trace.txt", text);
  const std::string machine = directory.write("machine.toml", "seed = 2\n");
  const std::string link = directory.path("link");
  std::filesystem::create_symlink(trace, link);
  for (const std::string& arguments :
       {"run --trace " + trace + " --json " + trace, "run --trace " + trace + " --json " + link,
        "run --trace " + link + " --json " + trace, "verify --trace " + trace + " --json " + trace,
        "trace info " + trace + " --json " + trace,
        "run --workload gups:size=16MiB,updates=10 --beside " + trace + " --json " + trace,
        "explain --mode base-virtualized --address 0x1000 --trace " + trace + " --svg " + trace,
        "run " + machine + " --trace " + trace + " --json " + machine}) {
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_NE(outcome.err.find("which is read"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(directory.read("trace.txt"), text);
  EXPECT_EQ(directory.read("machine.toml"), "seed = 2\n");
}

TEST(RunCommand, EqualRunsGiveEqualResults) {
  const std::string arguments = "run --json - --mode base-virtualized --seed 5 " + kSmall;
  auto first = nlohmann::json::parse(run_program(arguments).out);
  auto second = nlohmann::json::parse(run_program(arguments).out);
  first.erase("host");
  second.erase("host");
  EXPECT_EQ(first, second);
}

TEST(RunCommand, TheConfigurationInAResultIsTheOneThatRan) {
  const TemporaryDirectory directory;
  const std::string file =
      directory.write("m.toml", "preset = \"modern\"\nseed = 3\nwarmup = 10\n");
  const auto json = nlohmann::json::parse(
      run_program("run " + file + " --json - --seed 4 --set l2_tlb.entries=1024 " + kSmall).out);
  EXPECT_EQ(json["config"]["preset"], "modern");
  EXPECT_EQ(json["config"]["seed"], 4);
  EXPECT_EQ(json["config"]["l2_tlb"]["entries"], 1024);
  EXPECT_EQ(json["config"]["warmup"], 10);
  EXPECT_EQ(json["seed"], 4);
  EXPECT_EQ(json["references"], 3990);
}

TEST(RunCommand, ReadsAFifoOnceWhereItNeedsNoMore) {
  const TemporaryDirectory directory;
  const std::string fifo = directory.path("trace");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const auto run = [&](const std::string& options) {
    std::thread writer([&] { std::ofstream(fifo) << "R 0x1000 8\nW 0x2000 8\n"; });
    const Outcome outcome = run_program("run --json - --trace " + fifo + options);
    writer.join();
    return outcome;
  };
  const Outcome paged = run("");
  EXPECT_EQ(paged.code, 0) << paged.err;
  EXPECT_EQ(nlohmann::json::parse(paged.out).at("references"), 2);
  const Outcome segmented = run(" --mode native-direct");
  EXPECT_EQ(segmented.code, 2);
  EXPECT_NE(segmented.err.find("--set software.primary_region="), std::string::npos);
  EXPECT_EQ(run(" --mode native-direct --set software.primary_region=[0x1000,0x3000]").code, 0);
}

TEST(RunCommand, NeedsAFileForASecondRun) {
  const std::string overlapped = "run --trace - --timing at --set core.outstanding=2 --json - ";
  const Outcome refused = run_program(overlapped + "--ideal", "R 0x1000 8\n");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_NE(refused.err.find("--ideal: needs a second run"), std::string::npos) << refused.err;
  EXPECT_EQ(run_program(overlapped, "R 0x1000 8\n").code, 0);
  EXPECT_EQ(run_program("run --trace - --ideal", "R 0x1000 8\n").code, 0);
}

TEST(RunCommand, TakesAFileNameAsItIs) {
  const TemporaryDirectory directory;
  for (const char* name : {"1_000", "0x10", "1e3", "2024-01-01", "true", "[1]"}) {
    directory.write(name, "R 0x1000 8\n");
    const Outcome outcome =
        run_program(std::string("run --json - --trace '") + name + "'", {}, directory.path(""));
    EXPECT_EQ(outcome.code, 0) << name << ": " << outcome.err;
    EXPECT_EQ(nlohmann::json::parse(outcome.out)["config"]["trace"], name);
  }
}

TEST(RunCommand, ANameThatNoResultCanHoldIsRefusedAtOnce) {
  const TemporaryDirectory directory;
  const std::string trace = directory.write("\xff.txt", "R 0x1000 8\n");
  for (const std::string& arguments : {"--trace " + trace, kSmall + "--beside " + trace}) {
    const Outcome outcome = run_program("run --json - " + arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("must be UTF-8"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(run_program("trace info --json - " + trace).code, 0);
  const std::string link = directory.path("link");
  std::filesystem::create_symlink(trace, link);
  EXPECT_EQ(run_program("run --json - --trace " + link).code, 0);
}

TEST(RunCommand, TheWarmUpMustEndWithinTheStream) {
  const std::string run = "run --trace - --json - --warmup ";
  const std::string trace = "R 0x1000 8\nR 0x2000 8\n";
  EXPECT_EQ(nlohmann::json::parse(run_program(run + "1", trace).out)["references"], 1);
  EXPECT_EQ(nlohmann::json::parse(run_program(run + "2", trace).out)["references"], 0);
  const Outcome outcome = run_program(run + "3", trace);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "nestwalk: warmup: the stream ends after 2 data references, before 3 have warmed the "
            "machine up\n");
}

TEST(RunCommand, AWarmUpFarBeyondTheStreamIsToldBeforeTheRun) {
  const std::string gups = "gups:size=64MiB,updates=1000000000000";
  for (const char* command : {"run", "verify", "explain --address 0x10000000000"}) {
    const Outcome outcome =
        run_program(std::string(command) + " --warmup 5000000000000 --workload " + gups);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.err,
              "nestwalk: warmup: the stream has 2000000000000 elements, too few to warm the "
              "machine up with 5000000000000 data references\n");
  }
}

TEST(RunCommand, SkipsTheFrontOfItsStream) {
  const TemporaryDirectory directory;
  std::string text = "C vpid 2\n";
  for (int i = 0; i < 4000; ++i) text += "R " + std::to_string(100000 + i * i % 7919) + "00 8 i3\n";
  const std::string whole = directory.write("whole.txt", text);
  const std::string part = directory.path("part.txt");
  ASSERT_EQ(run_program("trace convert " + whole + " -o " + part + " --skip 1234").code, 0);
  const auto run = [&](const std::string& options) {
    auto json = nlohmann::json::parse(run_program("run --json - --mode base-virtualized --set "
                                                  "software.primary_region=[0x0,0x20000000] " +
                                                  options)
                                          .out);
    json.erase("config");
    json.erase("host");
    return json;
  };
  const auto expected = run("--trace " + part + " --warmup 100 --references 2000");
  EXPECT_EQ(expected["references"], 2000);
  EXPECT_EQ(run("--trace " + whole + " --skip 1234 --warmup 100 --references 2000"), expected);
  EXPECT_EQ(run("--trace " + whole + " --skip 1234")["instructions"], 3 * (4000 - 1234));

  const std::string gups = " --workload gups:size=16MiB,updates=2000 ";
  const Outcome past = run_program("run --json - --skip 4001" + gups);
  EXPECT_EQ(past.code, 2);
  EXPECT_EQ(
      past.err,
      "nestwalk: skip: the stream ends after 4000 data references, before 4001 are skipped\n");
  for (const char* const options : {"", "--intervals 3"}) {
    const auto json =
        nlohmann::json::parse(run_program("run --json - --skip 1000 " + (options + gups)).out);
    EXPECT_EQ(json["references"], 3000) << options;
    EXPECT_EQ(json["config"]["skip"], 1000) << options;
  }
}

TEST(RunCommand, AnErrorInItsTraceNamesTheTrace) {
  const Outcome outcome = run_program("run --trace -", "R 0x1000\nR 0x2000\nR 0x800000000000\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err,
            "nestwalk: standard input: after 2 data references: address 0x800000000000 is not "
            "canonical with 4 levels (paging.guest_levels)\n");

  const TemporaryDirectory directory;
  const std::string trace = directory.write("trace.txt", "R 0x1000\nR 0x800000000000\n");
  for (const auto& [command, place] :
       {std::pair("verify", ""), std::pair("explain --address 0x1000", ""),
        std::pair("run --intervals 2 --interval-warmup 0", "part 2 of 2: ")}) {
    const Outcome other = run_program(std::string(command) + " --trace " + trace);
    EXPECT_EQ(other.code, 2) << command;
    EXPECT_EQ(other.err.rfind("nestwalk: " + (place + trace) +
                                  ": after 1 data reference: address 0x800000000000 is not",
                              0),
              0U)
        << other.err;
  }
}

TEST(RunCommand, ATraceMayTouchTheEndsOfTheAddressSpace) {
  for (const char* trace : {"R 0xffffffffffffff00 8\n", "R 0xffffffffffffe000 8\nR 0x0 8\n"}) {
    const Outcome outcome = run_program("run --json - --trace /dev/stdin", trace);
    EXPECT_EQ(outcome.code, 0) << trace << outcome.err;
    const Outcome outside = run_program("run --json - --trace /dev/stdin", "R 0x800000000000 8\n");
    EXPECT_EQ(outside.code, 2);
    EXPECT_NE(outside.err.find("not canonical"), std::string::npos) << outside.err;
  }
}

TEST(RunCommand, RefusesAVmmLevelThatIsWrittenNatively) {
  for (const char* timing : {"lt", "at"})
    for (const std::string event : {"vmm-segment-limit 0x1000", "vmm-segment-limit 0",
                                    "vmm-filter-insert 0x1", "vmm-filter-clear"}) {
      const std::string trace = "R 0x1000 8\nC " + event + "\nR 0x2000 8\n";
      const Outcome outcome =
          run_program("run --trace /dev/stdin --timing " + std::string(timing), trace);
      EXPECT_EQ(outcome.code, 2) << event;
      EXPECT_EQ(outcome.out, "") << event;
      EXPECT_NE(outcome.err.find("a native machine has none"), std::string::npos) << outcome.err;
      EXPECT_NE(outcome.err.find(": after 1 data reference: "), std::string::npos) << outcome.err;
    }
}

TEST(RunCommand, TellsWhereInTheStreamAnAddressIsThatNoSoftwareCanMap) {
  const std::string trace = "R 0x1000 8\nR 0x1008 8\nR 0x3000 8\nW 0x8000000000000 8\nR 0x5000 8\n";
  for (const std::string options :
       {"", "--skip 2", "--warmup 2", "--timing at",
        "--skip 1 --timing at --set core.outstanding=4", "--set segment_unit=rtl",
        "--mode base-virtualized --set software.model=managed --skip 3"}) {
    const Outcome outcome = run_program("run --trace /dev/stdin " + options, trace);
    EXPECT_EQ(outcome.code, 2) << options;
    EXPECT_NE(
        outcome.err.find(": after 3 data references: address 0x8000000000000 is not canonical"),
        std::string::npos)
        << options << outcome.err;
  }
}

/// Results of a run of the trace, without what names the trace or tells how long it took.
nlohmann::json counts_of(const std::string& trace, const std::string& options) {
  const Outcome outcome = run_program("run --json - --trace " + trace + " " + options);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  nlohmann::json json = nlohmann::json::parse(outcome.out);
  for (const char* key : {"host", "config", "stream"}) json.erase(key);
  return json;
}

TEST(RunCommand, GivesTheSameForATraceInWhateverFile) {
  const TemporaryDirectory directory;
  std::ostringstream text;
  for (uint64_t i = 0; i < 60; ++i)
    text << std::hex << "F 0x401000 4\nR 0x" << 0x7f0000000000 + i % 7 * 0x1000 << " 8\nW 0x"
         << 0x7e0000000000 + i % 3 * 0x40001000 << " 8\n";
  const std::string plain = directory.write("a.txt", text.str());
  const std::string packed = directory.path("a.nwt");
  ASSERT_EQ(run_program("trace convert --fetch " + plain + " -o " + packed).code, 0);
  for (const std::string options :
       {"--mode native --pages THP", "--mode base-virtualized --pages THP+2M --set fetch=true",
        "--mode guest-direct", "--mode vmm-direct --bad-pages 3",
        "--mode base-virtualized --bad-pages 4 --pages 2M+2M",
        "--mode dual-direct --bad-pages 5 --set software.model=managed"})
    EXPECT_EQ(counts_of(plain, options), counts_of(packed, options)) << options;
}

// The filter of dual-direct then has the very pages that are touched.
TEST(RunCommand, BadPagesBackWhatIsTouchedWhereverThePrimaryRegionLies) {
  const TemporaryDirectory directory;
  std::string text;
  for (int page = 1; page <= 9; ++page) text += "R 0x7f000000" + std::to_string(page) + "000 8\n";
  const std::string trace = directory.write("a.txt", text);
  const nlohmann::json json =
      counts_of(trace,
                "--mode dual-direct --bad-pages 9 "
                "--set software.primary_region=[0x7f0000000000,0x7f0040000000]");
  EXPECT_EQ(json.at("escape_filter").at("positives"), 18);  // at both levels
  EXPECT_EQ(json.at("walks").at("count"), 9);
}

TEST(RunCommand, SaysWhoseCyclesAreToldOfSeveralCores) {
  const Outcome outcome = run_program("run --beside gups:size=1MiB,updates=500 " + kSmall);
  EXPECT_NE(outcome.out.find("   of the slowest core\n"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("   together, "), std::string::npos) << outcome.out;
}

TEST(RunCommand, AllCoresGoOnAtOneTimeWhereTheWarmUpEnds) {
  const TemporaryDirectory directory;
  std::string text = "R 0x1000 1 i1 t0\nR 0x200000 1 i300 t1\nR 0x1008 1 i500 t0\n";
  constexpr uint64_t kLines = 30;
  constexpr uint64_t kInstructions = 10;
  for (uint64_t i = 0; i < kLines; ++i)
    text += "R 0x1010 1 i" + std::to_string(kInstructions) + " t0\n";
  const nlohmann::json json =
      counts_of(directory.write("a.txt", text),
                "--timing at --set core.cpi=1 --set core.count=2 --set core.outstanding=2 "
                "--set memory.data_path=false --warmup 3");
  EXPECT_EQ(json.at("cycles"), kLines * kInstructions);  // all hit
}

TEST(RunCommand, FreeTranslationTakesNoMoreThanHits) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 2000; ++i) text += i % 5 == 0 ? "W 0x1000 8\n" : "R 0x1000 8\n";
  const nlohmann::json json =
      counts_of(directory.write("a.txt", text),
                "--ideal --timing at --set core.cpi=1 --set core.outstanding=2 --warmup 1000");
  EXPECT_EQ(json.at("cycles"), 1000);  // an instruction each
  EXPECT_EQ(json.at("ideal_cycles"), 1000);
}

TEST(RunCommand, AMemoryThatIsSlowIsNoHang) {
  const Outcome outcome =
      run_program("run --timing at --set latency.memory=1000000 --json - " + kSmall);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GT(nlohmann::json::parse(outcome.out)["cycles"], 1000000);
}

TEST(RunCommand, DumpsTheConfigurationWithoutRunning) {
  const Outcome outcome = run_program("run --dump-config --mode dual-direct --trace none.nwt");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("\nmode = \"dual-direct\"\n"), std::string::npos);
  EXPECT_NE(outcome.out.find("\ntrace = \"none.nwt\"\n"), std::string::npos);
}

TEST(RunCommand, DumpsTheConfigurationAsAResultHoldsIt) {
  const Outcome dumped = run_program("run --dump-config --json - --seed 3 " + kSmall);
  EXPECT_EQ(dumped.code, 0) << dumped.err;
  const auto json = nlohmann::json::parse(dumped.out);
  EXPECT_EQ(json.at("seed"), 3);
  EXPECT_EQ(json.at("workload"), "gups:size=16MiB,updates=2000");
}

TEST(RunCommand, ListsItsWorkloads) {
  const Outcome outcome = run_program("run --workload help");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("gups"), std::string::npos);
}

TEST(RunCommand, RefusesWrongInput) {
  for (const char* arguments :
       {"",
        "--trace none.nwt",
        "--workload gupz",
        "--workload gups --trace a",
        "--workload gups --mode vmm",
        "--workload gups --mode vmm-direct --pages 2M",
        "--workload gups --json none/result.json",
        "--workload gups --json ''",
        "--workload gups --preset ''",
        "--workload gups --format ''",
        "'' --workload gups",
        "--workload gups --references 0",
        "--workload gups --set core.outstanding=2",
        "none.toml --workload gups",
        "--workload gups --format tape",
        "--workload gups --format text",
        "--workload help --json -",
        "--workload gups --references -1",
        "--workload gups --references 18446744073709551617",
        "--workload gups --intervals 2 --interval-warmup -1",
        "--workload gups --intervals 2 --interval-warmup 18446744073709551616",
        "--workload gups --intervals 2 --interval-warmup 1e3",
        "--workload gups --intervals 0",
        "--workload gups --intervals -1",
        "--workload gups --intervals 18446744073709551617"}) {
    const Outcome outcome = run_program("run " + std::string(arguments));
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_EQ(outcome.err.rfind("nestwalk: ", 0), 0U) << arguments << ": " << outcome.err;
  }
}

TEST(RunCommand, IntervalsAreATableOfCountsAndErrors) {
  const std::string run = "run --workload gups:size=16MiB,updates=1000 --intervals 2";
  const std::string counts = run_program(run).out;
  EXPECT_NE(counts.find("\nreferences                               2,000\n"), counts.npos)
      << counts;
  EXPECT_NE(counts.find("was not measured: --interval-error\n"), counts.npos) << counts;
  const std::string errors = run_program(run + " --interval-error").out;
  EXPECT_NE(errors.find(" from one whole run\n"), errors.npos) << errors;
  EXPECT_TRUE(std::regex_search(errors, std::regex("\npage walks +[0-9,]+ +[-+]0\\.0000 %\n")))
      << errors;
}

}  // namespace
}  // namespace nestwalk
