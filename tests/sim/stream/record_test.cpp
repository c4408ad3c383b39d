// SPDX-License-Identifier: Apache-2.0
// Records real programs of Debian through the command line, as users do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <elf.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "sim/stream/recorder/executable.h"
#include "sim/stream/trace.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

using namespace std::string_literals;

using test::drain;
using test::fetch;
using test::load;
using test::store;
using testing::HasSubstr;

constexpr uint64_t kData = 0x402000;  ///< Of a tiny program: zeros that it may write to.

/// A static program of this machine code, which begins it.
std::string tiny_program(const std::string& code) {
  constexpr uint64_t kBase = 0x400000;
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_entry = kBase + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  header.e_phoff = header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_W | PF_X;
  segment.p_vaddr = segment.p_paddr = kBase;
  segment.p_filesz = sizeof header + sizeof segment + code.size();
  segment.p_memsz = 0x4000;
  segment.p_align = 0x1000;
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return file + code;
}

const std::string kLoadData = "\x8b\x04\x25\x00\x20\x40\x00"s;      // mov kData, %eax
const std::string kExit = "\x31\xff\xb8\x3c\x00\x00\x00\x0f\x05"s;  // exit(0)
constexpr uint32_t kExitInstructions = 3;

Reference retire(uint32_t instructions) {
  return {0, instructions, 0, static_cast<uint8_t>(ControlOperation::kRetire),
          ReferenceKind::kControl};
}

class Record : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(find_executable("qemu-x86_64")) << "qemu-user is not installed";
  }

  std::vector<Reference> read(const std::string& name, bool fetch = false) {
    TraceOptions options;
    options.fetch = fetch;
    return drain(*open_trace(directory_.path(name), options));
  }

  std::string path(const std::string& name) { return directory_.path(name); }

  /// Writes a program and makes it executable.
  std::string write_program(const std::string& name, const std::string& content) {
    const std::string program = directory_.write(name, content);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return program;
  }
  /// What is recorded of a tiny program, whose exit code is 0.
  std::vector<Reference> recorded(const std::string& code, const std::string& options = {}) {
    outcome_ = run_program("trace record -o " + path("tiny.nwt") + " " + options + " -- " +
                           write_program("tiny", tiny_program(code)));
    EXPECT_EQ(outcome_.code, 0) << outcome_.err;
    EXPECT_THAT(outcome_.err, HasSubstr("the program exited with 0"));
    return read("tiny.nwt");
  }

  static uint64_t instructions(const std::vector<Reference>& references) {
    uint64_t sum = 0;
    for (const Reference& reference : references) sum += reference.instructions;
    return sum;
  }

  TemporaryDirectory directory_;
  Outcome outcome_;  ///< Of the last recording of a tiny program.
};

TEST_F(Record, ASmallProgram) {
  const Outcome outcome = run_program("trace record -o " + path("a.nwt") + " -- echo hello");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "hello\n");
  EXPECT_THAT(outcome.err, HasSubstr("the program exited with 0"));
  const std::vector<Reference> references = read("a.nwt");
  EXPECT_GT(references.size(), 5000u);
  EXPECT_GT(instructions(references), references.size());
  std::set<int> sizes;
  std::set<ReferenceKind> kinds;
  for (const Reference& reference : references) {
    sizes.insert(reference.size);
    if (reference.kind != ReferenceKind::kControl) kinds.insert(reference.kind);
    ASSERT_EQ(reference.thread, 0);
    ASSERT_LT(reference.address, uint64_t{1} << 47);
  }
  EXPECT_EQ(kinds, (std::set{ReferenceKind::kLoad, ReferenceKind::kStore}));
  EXPECT_TRUE(sizes.count(1) && sizes.count(4) && sizes.count(8));
}

TEST_F(Record, InstructionsAreExact) {
  // The same run twice: with each instruction seen, and counted by blocks. Without randomised
  // addresses, and with a buffer whose size is not a matter of free memory, the references are the
  // same.
  const std::string run = "setarch -R " NESTWALK_PROGRAM " trace record ";
  for (const std::string& options : {"--fetch -o " + path("f.nwt"), "-o " + path("d.nwt")})
    ASSERT_EQ(std::system((run + options + " -- sort -S 1M /etc/passwd >/dev/null 2>&1").c_str()),
              0);
  EXPECT_EQ(read("d.nwt"), read("f.nwt"));

  const std::vector<Reference> all = read("f.nwt", true);
  uint64_t fetches = 0;
  for (const Reference& reference : all) {
    const bool fetch = reference.kind == ReferenceKind::kFetch;
    fetches += fetch;
    ASSERT_EQ(reference.instructions, fetch ? 1u : 0u);
    ASSERT_TRUE(!fetch || (reference.size >= 1 && reference.size <= 15));
  }
  EXPECT_GT(fetches, all.size() / 2);
}

TEST_F(Record, InstructionsAfterTheLastReferenceAreTold) {
  const std::string loop = "\xb9\xe8\x03\x00\x00\xff\xc9\x75\xfc"s;  // 1000 times dec and jnz
  EXPECT_EQ(recorded(kLoadData + loop + kExit),
            (std::vector<Reference>{load(kData, 1, 4), retire(1 + 2000 + kExitInstructions)}));
}

TEST_F(Record, MoreInstructionsThanAReferenceCanTellAreNotLost) {
  // 11 million times 402 instructions: nops, dec, jnz.
  constexpr uint64_t kLoop = 11000000 * uint64_t{402};
  const std::string begin = "\xb9\xc0\xd8\xa7\x00"s;
  const std::string loop = std::string(400, '\x90') + "\xff\xc9\x0f\x85\x68\xfe\xff\xff"s;
  EXPECT_EQ(recorded(kLoadData + begin + loop + kLoadData + kLoadData + kExit),
            (std::vector<Reference>{load(kData, 1, 4), load(kData, UINT32_MAX, 4),
                                    load(kData, static_cast<uint32_t>(kLoop + 3 - UINT32_MAX), 4),
                                    retire(kExitInstructions)}));
}

TEST_F(Record, AnAtomicUpdateIsALoadAndAStoreInThreadsToo) {
  const std::string update =
      "\xf0\x0f\xc1\x04\x25\x00\x20\x40\x00"s  // lock xadd %eax, kData
      "\xf0\xfe\x04\x25\x08\x20\x40\x00"s;     // lock incb kData + 8
  const std::string clone = "\xbf\x00\x0f\x05\x00\xbe\x00\x28\x40\x00\xb8\x38\x00\x00\x00\x0f\x05"s;
  const std::string skip_in_child = "\x85\xc0\x74\x11"s;
  const std::vector<Reference> alone = recorded(update + kExit);
  const std::vector<Reference> beside = recorded(clone + skip_in_child + update + kExit);
  for (const auto& [references, expected] : {std::pair(alone, 2 + 3), std::pair(beside, 16)}) {
    ASSERT_EQ(references.size(), 5u);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(references[i].kind, i % 2 == 0 ? ReferenceKind::kLoad : ReferenceKind::kStore);
      EXPECT_EQ(references[i].address, kData + i / 2 * 8);
      EXPECT_EQ(references[i].size, i < 2 ? 4 : 1);
    }
    EXPECT_EQ(instructions(references), static_cast<uint64_t>(expected));
  }
}

TEST_F(Record, ASignalsFrameIsNoReference) {
  // A timer interrupts a loop every millisecond until it was handled 50 times.
  const std::string begin =
      "\xb8\x0d\x00\x00\x00\xbf\x0e\x00\x00\x00\xbe\xca\x00\x40\x00\x31\xd2"
      "\x41\xba\x08\x00\x00\x00\x0f\x05"  // rt_sigaction(SIGALRM, &action, NULL, 8)
      "\xb8\x26\x00\x00\x00\x31\xff\xbe\xea\x00\x40\x00\x31\xd2\x0f\x05"s;  // setitimer(0, &timer)
  const std::string loop =
      "\xe8\x14\x00\x00\x00\x90"          // call a function, nop
      "\x80\x3c\x25\x00\x20\x40\x00\x32"  // cmpb $50, kData
      "\x72\xf0"s;                        // jb
  const std::string function = "\xc3"s;   // ret
  const std::string handler =
      "\xfe\x04\x25\x00\x20\x40\x00\xc3"  // incb kData, ret
      "\xb8\x0f\x00\x00\x00\x0f\x05"s;    // rt_sigreturn()
  const std::string action =
      "\xbb\x00\x40\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00"
      "\xc3\x00\x40\x00\x00\x00\x00\x00"s +
      std::string(8, '\0');
  const std::string period = "\0\0\0\0\0\0\0\0\xe8\x03\0\0\0\0\0\0"s;
  const std::string code = begin + loop + kExit + function + handler + action + period + period;
  constexpr uint64_t kBegin = 11, kLoop = 5, kHandler = 4;
  for (const char* const options : {"", "--fetch"}) {
    const std::vector<Reference> references = recorded(code, options);
    uint64_t calls = 0;
    uint64_t handled = 0;
    uint64_t compared = 0;
    uint64_t returns = 0;
    for (const Reference& reference : references) {
      if (reference.kind == ReferenceKind::kControl) continue;
      const bool stored = reference.kind == ReferenceKind::kStore;
      const bool data = reference.address == kData;
      ASSERT_EQ(reference.size, data ? 1 : 8) << std::hex << reference.address;
      ++(stored ? data ? handled : calls : data ? compared : returns);
    }
    EXPECT_GE(handled, 50u);
    EXPECT_EQ(compared, calls + handled);  // incb loads too
    EXPECT_EQ(returns, calls + handled);
    EXPECT_EQ(instructions(references),
              kBegin + kLoop * calls + kHandler * handled + kExitInstructions);
  }
}

TEST_F(Record, TheVsyscallPageIsFetchedFromWhereItIs) {
  const std::string call =
      "\x31\xff\x48\xc7\xc0\x00\x04\x60\xff\xff\xd0"s;  // time(NULL) by its address
  recorded(call + kExit, "--fetch");
  const std::vector<Reference> references = read("tiny.nwt", true);
  ASSERT_EQ(references.size(), 8u);
  const uint64_t stack = references[3].address;
  EXPECT_EQ(references, (std::vector<Reference>{
                            fetch(0x400078, 1, 2), fetch(0x40007a, 1, 7), fetch(0x400081, 1, 2),
                            store(stack, 0, 8), fetch(0xffffffffff600400, 1, 1),
                            fetch(0x400083, 1, 2), fetch(0x400085, 1, 5), fetch(0x40008a, 1, 2)}));
}

TEST_F(Record, AFailedExecveReplacesNothing) {
  // execve("", NULL, NULL)
  const std::string exec = "\xbf\x00\x20\x40\x00\x31\xf6\x31\xd2\xb8\x3b\x00\x00\x00\x0f\x05"s;
  EXPECT_EQ(recorded(exec + kLoadData + kExit),
            (std::vector<Reference>{load(kData, 6, 4), retire(kExitInstructions)}));
  EXPECT_THAT(outcome_.err, testing::Not(HasSubstr("execve")));
}

TEST_F(Record, ARecordingIsNotReadWhereItIsSkipped) {
  std::string loads;
  for (int i = 0; i < 100; ++i) loads += kLoadData;
  const std::string begin = "\xb9\xe8\x03\x00\x00"s;                     // 1000 times
  const std::string loop = loads + "\xff\xc9\x0f\x85\x3c\xfd\xff\xff"s;  // dec, jnz
  ASSERT_EQ(recorded(begin + loop + kExit).size(), 100001u);
  std::string content = directory_.read("tiny.nwt");
  content[100] ^= 1;  // in the first block
  const std::string damaged = directory_.write("damaged.nwt", content);
  const auto part = [&](int skip) {
    return run_program("trace convert " + damaged + " --to text -o - --skip " +
                       std::to_string(skip));
  };
  EXPECT_EQ(part(99999).out, "R 0x402000 4\nC retire i5\n");
  EXPECT_THAT(part(5).err, HasSubstr("block 0"));
}

TEST_F(Record, DoesNotReplaceWhatTheProgramIsGiven) {
  const std::string given = directory_.write("numbers", "2\n1\n");
  const Outcome outcome = run_program("trace record -o " + given + " -- sort " + given);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("would replace " + given));
  EXPECT_EQ(directory_.read("numbers"), "2\n1\n");
}

TEST_F(Record, TellsTheProgramsEnd) {
  const auto err = [this](const std::string& script) {
    const Outcome outcome =
        run_program("trace record -o " + path("a.nwt") + " -- sh -c '" + script + "'");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_FALSE(read("a.nwt").empty());
    return outcome.err;
  };
  EXPECT_THAT(err("exit 3"), HasSubstr("the program exited with 3"));
  EXPECT_THAT(err("kill -9 $$"), HasSubstr("signal 9 (Killed) ended the program"));
  EXPECT_THAT(err("ls / >/dev/null; exit 0"), HasSubstr("1 of its child processes ran unrecorded"));
  EXPECT_THAT(err("exec true"), HasSubstr("it called execve"));
}

TEST_F(Record, ThreadsAreToldApart) {
  const std::string input = path("numbers");
  ASSERT_EQ(std::system(("seq 1 1500 >" + input).c_str()), 0);
  const Outcome outcome =
      run_program("trace record -o " + path("a.nwt") + " -- xz -T2 --block-size=4096 -0 -c " +
                  input + " >/dev/null");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::set<uint16_t> threads;
  for (const Reference& reference : read("a.nwt")) {
    ASSERT_LE(reference.thread, threads.size());  // numbered in order of appearance
    threads.insert(reference.thread);
  }
  EXPECT_GE(threads.size(), 3u);
  EXPECT_EQ(*threads.rbegin(), threads.size() - 1);  // dense
}

TEST_F(Record, APipeIntoARun) {
  const std::string program = NESTWALK_PROGRAM;
  const std::string command = program + " trace record -o - -- echo hello 2>" + path("err") +
                              " | " + program + " run --trace - --json " + path("r.json");
  EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0);
  EXPECT_THAT(directory_.read("err"), HasSubstr("hello\n"));
  const auto json = nlohmann::json::parse(directory_.read("r.json"));
  EXPECT_GT(json["references"].get<uint64_t>(), 5000u);
}

TEST_F(Record, AnInterruptKeepsWhatWasRecorded) {
  const std::string command = std::string("timeout --foreground -s INT 3 ") + NESTWALK_PROGRAM +
                              " trace record -o " + path("a.nwt") + " -- yes >/dev/null 2>" +
                              path("err");
  std::system(command.c_str());
  EXPECT_THAT(directory_.read("err"), HasSubstr("ended the program"));
  EXPECT_GT(read("a.nwt").size(), 10000u);
}

TEST_F(Record, TheProgramEndsWithTheRecorder) {
  // Sends a signal to the recorder alone; returns whether the program still runs a while later.
  const auto outlives = [this](const std::string& signal) {
    const std::string command = "timeout --foreground -s " + signal +
                                " 2 " NESTWALK_PROGRAM " trace record -o " + path("a.nwt") +
                                " -- sh -c 'echo $$ >" + path("pid") + "; while :; do :; done' 2>" +
                                path("err");
    std::system(command.c_str());
    const std::string process = directory_.read("pid");
    EXPECT_NE(process, "");
    bool runs = true;
    for (int tries = 0; runs && tries < 50; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      std::ifstream line("/proc/" + process.substr(0, process.find('\n')) + "/cmdline");
      runs = line.peek() != EOF;  // of one that nobody has waited for yet it is empty
    }
    return runs;
  };
  EXPECT_FALSE(outlives("KILL"));
  const std::vector<std::string> names = directory_.names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
            (std::set<std::string>{"err", "pid"}));
  EXPECT_FALSE(outlives("HUP"));
  EXPECT_THAT(directory_.read("err"), HasSubstr("signal 15 (Terminated) ended the program"));
  EXPECT_GT(read("a.nwt").size(), 10000u);
}

TEST_F(Record, StopsAfterSoManyReferences) {
  const Outcome outcome =
      run_program("trace record -o " + path("a.nwt") +
                  " --references 20001 -- sh -c 'trap \"\" TERM; while :; do :; done'");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("recorded 20,001 references"));
  EXPECT_THAT(outcome.err, HasSubstr("the program was ended there"));
  EXPECT_EQ(read("a.nwt").size(), 20001u);
  const std::string run = "setarch -R " NESTWALK_PROGRAM " trace record --fetch ";
  for (const std::string& options :
       {"-o " + path("part.nwt") + " --references 5000", "-o " + path("whole.nwt")})
    ASSERT_EQ(std::system((run + options + " -- sort /etc/passwd >/dev/null 2>&1").c_str()), 0);
  std::vector<Reference> whole = read("whole.nwt", true);
  const std::vector<Reference> part = read("part.nwt", true);
  EXPECT_EQ(read("part.nwt").size(), 5000u);
  EXPECT_NE(part.back().kind, ReferenceKind::kFetch);
  ASSERT_LT(part.size(), whole.size());
  whole.resize(part.size());
  EXPECT_EQ(part, whole);
}

TEST_F(Record, MoreReferencesThanThereAreIsTheWholeProgram) {
  const Outcome outcome =
      run_program("trace record -o " + path("a.nwt") + " --references 100000000 -- echo hello");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("the program exited with 0"));
}

TEST_F(Record, WithValgrind) {
  ASSERT_TRUE(find_executable("valgrind")) << "valgrind is not installed";
  const Outcome outcome =
      run_program("trace record --tool valgrind -o " + path("a.nwt") + " -- echo hello");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "hello\n");
  EXPECT_GT(read("a.nwt").size(), 5000u);
  // valgrind warns of a system call that it does not know, among the accesses.
  const std::string call_999 = "\xb8\xe7\x03\x00\x00\x0f\x05"s;
  const std::string store_data = "\x89\x04\x25\x00\x20\x40\x00"s;
  EXPECT_EQ(recorded(call_999 + store_data + kExit, "--tool valgrind"),
            (std::vector<Reference>{store(kData, 3, 4), retire(kExitInstructions)}));
}

TEST_F(Record, FromAnyPlace) {
  // QEMU parts a plugin's path at commas, and takes a program for an option after a dash.
  namespace fs = std::filesystem;
  const fs::path program(NESTWALK_PROGRAM);
  const fs::path folder = path("a,b");
  const std::string plugin = "lib/nestwalk/nestwalk-recorder.so";
  const bool beside = fs::exists(program.parent_path() / plugin);
  fs::create_directories((folder / plugin).parent_path());
  fs::create_directory(folder / "-c");
  fs::copy_file(program, folder / "nestwalk");
  fs::copy_file((beside ? program.parent_path() : program.parent_path().parent_path()) / plugin,
                folder / plugin);
  fs::copy_file(write_program("tiny", tiny_program(kLoadData + kExit)), folder / "-c/tiny");
  const std::string command =
      "cd " + folder.string() + " && ./nestwalk trace record -o ../a.nwt -- -c/tiny 2>../err";
  EXPECT_EQ(std::system(command.c_str()), 0) << directory_.read("err");
  EXPECT_EQ(read("a.nwt"), (std::vector<Reference>{load(kData, 1, 4), retire(kExitInstructions)}));
}

TEST_F(Record, AProgramThatDoesNotBeginLeavesNoTrace) {
  const std::string broken = write_program("broken", tiny_program("").substr(0, 64));
  const Outcome outcome = run_program("trace record -o " + path("a.nwt") + " -- " + broken);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("ended before it recorded; its message is above"));
  EXPECT_EQ(directory_.names(), std::vector<std::string>{"broken"});

  const std::string illegal = write_program("illegal", tiny_program("\x0f\x0b"));  // ud2
  const Outcome killed = run_program("trace record -o " + path("a.nwt") + " -- " + illegal);
  EXPECT_EQ(killed.code, 1);
  EXPECT_THAT(killed.err,
              HasSubstr(illegal + ": signal 4 (Illegal instruction) ended it before its "
                                  "first reference"));
  EXPECT_FALSE(std::filesystem::exists(path("a.nwt")));
}

TEST_F(Record, RefusesWhatItCannotRun) {
  const auto refusal = [this](const std::string& program) {
    const Outcome outcome = run_program("trace record -o " + path("a.nwt") + " -- " + program);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_TRUE(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(refusal("no-such-program"), HasSubstr("no-such-program: is no executable file"));
  EXPECT_THAT(refusal("/etc/passwd"), HasSubstr("is no executable file"));
  EXPECT_THAT(refusal("/usr/bin/ldd"), HasSubstr("is a script"));
  EXPECT_THAT(run_program("trace record -o x.nwt").err, HasSubstr("program is required"));
  EXPECT_EQ(run_program("trace record --tool gdb -o " + path("a.nwt") + " -- true").code, 2);
  EXPECT_EQ(run_program("trace record -o /nonexistent/a.nwt -- true").code, 2);
  for (const char* const references : {"0", "-1", "18446744073709551617", "1.5", "many"})
    EXPECT_EQ(
        run_program("trace record -o " + path("a.nwt") + " --references " + references + " -- true")
            .code,
        2);
  EXPECT_TRUE(directory_.names().empty());
}

}  // namespace
}  // namespace nestwalk
