// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>

#include "sim/stream/control_operation.h"
#include "sim/stream/readers/detect.h"
#include "sim/stream/trace.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using test::drain;
using test::fetch;
using test::input_error;
using test::load;
using test::store;
using testing::HasSubstr;
using References = std::vector<Reference>;

class Readers : public testing::Test {
 protected:
  struct Read {
    TraceFormat format;
    References references;
  };

  Read read(const std::string& content, bool fetches = false, const std::string& name = "trace",
            std::optional<TraceFormat> format = std::nullopt) {
    TraceOptions options;
    options.fetch = fetches;
    options.format = format;
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    const Trace trace = identify_and_open_trace(directory_.write(name, content), options);
    // A batch of 3 also tries references that span batches.
    return {trace.format, drain(*trace.stream, 3)};
  }

  References references(const std::string& content) { return read(content).references; }

  /// The message without the directory of the trace.
  std::string refusal(const std::string& content, const std::string& name = "trace") {
    std::string message = input_error([&] { read(content, false, name); });
    const std::string prefix = directory_.path("");
    if (message.compare(0, prefix.size(), prefix) == 0) message.erase(0, prefix.size());
    return message;
  }

  TemporaryDirectory directory_;
  std::vector<std::string> warnings_;
};

template <class Number>
void put(std::string& to, Number value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Of DynamoRIO's memtrace.
void entry(std::string& to, uint16_t type, uint16_t size, uint64_t address) {
  put(to, type);
  put(to, size);
  put(to, address);
}

// --- text -------------------------------------------------------------------------------------

TEST_F(Readers, TextTakesItsVariants) {
  const Read result = read(
      "# a comment\r\n"
      "\r\n"
      "R 0x7f00001000 8\r\n"
      "w\t7F00001008,4  # stored\n"
      "  R ff\n"
      "W 0xFFFFFFFFFFFFFFFF 255 i7 t4\n"
      "R 10 t4 i0\n"
      "R 20");
  EXPECT_EQ(result.format, TraceFormat::kText);
  EXPECT_EQ(result.references,
            (References{load(0x7f00001000, 1, 8), store(0x7f00001008, 1, 4), load(0xff),
                        store(0xffffffffffffffff, 7, 255, 1), load(0x10, 0, 1, 1), load(0x20)}));
}

TEST_F(Readers, TextCountsFetchesOnceTheyAppear) {
  const std::string text = "R 1\nF 1000 4\nF 1004 2 i2\nR 2\nW 3\nF 1006\nR 4 i5\n";
  EXPECT_EQ(references(text), (References{load(1), load(2, 3), store(3, 0), load(4, 6)}));
  EXPECT_EQ(read(text, true).references,
            (References{load(1), fetch(0x1000, 1, 4), fetch(0x1004, 2, 2), load(2, 0), store(3, 0),
                        fetch(0x1006), load(4, 5)}));
}

TEST_F(Readers, FetchesThatAreLeftOutNumberNoThread) {
  const std::string text = "F 1000 4 t7\nR 1 t9\nF 1004 4 t7\nR 2 t7\n";
  EXPECT_EQ(references(text), (References{load(1, 1, 1, 0), load(2, 1, 1, 1)}));
  EXPECT_EQ(read(text, true).references, (References{fetch(0x1000, 1, 4, 0), load(1, 0, 1, 1),
                                                     fetch(0x1004, 1, 4, 0), load(2, 0)}));

  std::string memtrace;
  entry(memtrace, 25, 0, 7);       // header, version
  entry(memtrace, 22, 4, 1111);    // thread
  entry(memtrace, 10, 4, 0x1000);  // instruction
  entry(memtrace, 22, 4, 2222);
  entry(memtrace, 0, 1, 1);  // read
  entry(memtrace, 22, 4, 1111);
  entry(memtrace, 0, 1, 2);
  EXPECT_EQ(references(memtrace), (References{load(1, 1, 1, 0), load(2, 0, 1, 1)}));
  EXPECT_EQ(read(memtrace, true).references,
            (References{fetch(0x1000, 1, 4, 0), load(1, 0, 1, 1), load(2, 0)}));

  const std::string view =
      "1 1: W0.T1111 ifetch 4 byte(s) @ 0x1000 non-branch\n"
      "2 1: W0.T2222 read 1 byte(s) @ 0x1 by PC 0x1000\n"
      "3 1: W0.T1111 read 1 byte(s) @ 0x2 by PC 0x1000\n";
  EXPECT_EQ(references(view), (References{load(1, 1, 1, 0), load(2, 0, 1, 1)}));
  EXPECT_EQ(read(view, true).references,
            (References{fetch(0x1000, 1, 4, 0), load(1, 0, 1, 1), load(2, 0)}));
}

TEST_F(Readers, TextHoldsControlOperations) {
  const auto control = [](ControlOperation operation, uint64_t operand, uint32_t instructions = 0) {
    return Reference{operand, instructions, 0, static_cast<uint8_t>(operation),
                     ReferenceKind::kControl};
  };
  EXPECT_EQ(references("C cr3 0x1005\nR 1\nC invpcid-all i1\nC vmm-segment-limit 4000\n"),
            (References{control(ControlOperation::kCr3, 0x1005), load(1),
                        control(ControlOperation::kInvpcidAll, 0, 1),
                        control(ControlOperation::kVmmSegmentLimit, 0x4000)}));
}

TEST_F(Readers, ControlOperationsHaveNamesOfTheirOwn) {
  for (int i = 0; i < kControlOperations; ++i) {
    const auto operation = static_cast<ControlOperation>(i);
    EXPECT_EQ(parse_control_operation(to_string(operation)), operation);
  }
}

TEST_F(Readers, TextNamesTheWrongLine) {
  const std::string form =
      "expected \"R|W|F address [size] [t<thread>] [i<instructions>]\" or \"C operation "
      "[operand]\", address hexadecimal";
  EXPECT_EQ(refusal("R 1\n# fine\nX 2\n"), "trace:3: found \"X 2\", " + form);
  EXPECT_EQ(refusal("R 1\nR\n"), "trace:2: found \"R\", " + form);
  EXPECT_EQ(refusal("R 1\nR 12g4\n"), "trace:2: found \"R 12g4\", " + form);
  EXPECT_EQ(refusal("R 1\nR 11112222333344445\n"),
            "trace:2: found \"R 11112222333344445\", " + form);
  EXPECT_EQ(refusal("R 1 2 3\n"), "trace:1: found \"R 1 2 3\", " + form);
  EXPECT_EQ(refusal("R 1 2 t1 t1\n"), "trace:1: found \"R 1 2 t1 t1\", " + form);
  EXPECT_EQ(refusal("R 1 2 i1 i9\n"), "trace:1: found \"R 1 2 i1 i9\", " + form);
  EXPECT_EQ(refusal("R 1 0\n"), "trace:1: found \"R 1 0\", expected a size of 1 to 65536 bytes");
  EXPECT_EQ(refusal("R 1 65537\n"),
            "trace:1: found \"R 1 65537\", expected a size of 1 to 65536 bytes");
  EXPECT_THAT(refusal("C halt 1\n"), HasSubstr("expected a control operation such as cr3"));
  const auto line = [](size_t length) { return "R 1 #" + std::string(length - 5, 'R'); };
  for (const char* end : {"", "\nR 2\n"}) {
    EXPECT_THAT(refusal("R 3\n" + line(65537) + end), HasSubstr("longer than 64 KiB"));
    EXPECT_EQ(references("R 3\n" + line(65536) + end).size(), *end == 0 ? 2U : 3U);
  }
}

/// As many references as pages that they touch, and none of them crosses one.
TEST_F(Readers, LongAccessesAreAReferenceAPage) {
  EXPECT_EQ(references("R 0x1000 256\n"), (References{load(0x1000, 1, 255)}));
  EXPECT_EQ(references("W 0x1f80 256 i3\n"),
            (References{store(0x1f80, 3, 128), store(0x2000, 0, 128)}));
  EXPECT_EQ(references("R 0x1f00 4612\n"),
            (References{load(0x1f00, 1, 255), load(0x2000, 0, 255), load(0x3000, 0, 255)}));
  EXPECT_EQ(references("R 0x1001 65536\n").size(), 17U);
  EXPECT_EQ(references("I  400000,3\n M 1f00,512\n"),
            (References{load(0x1f00, 1, 255), load(0x2000, 0, 255), store(0x1f00, 0, 255),
                        store(0x2000, 0, 255)}));
}

Reference retire(uint32_t instructions) {
  return {0, instructions, 0, static_cast<uint8_t>(ControlOperation::kRetire),
          ReferenceKind::kControl};
}

TEST_F(Readers, InstructionsAfterTheLastReferenceAreTold) {
  const std::string lackey = "I  400000,3\n L 1000,8\nI  400003,3\nI  400006,3\n";
  EXPECT_EQ(references(lackey), (References{load(0x1000, 1, 8), retire(2)}));
  EXPECT_EQ(read(lackey, true).references.back(), fetch(0x400006, 1, 3));
  EXPECT_EQ(references("F 400000 3\nR 1000\nF 400003 3\nF 400006 3\n"),
            (References{load(0x1000, 1), retire(2)}));
  EXPECT_EQ(references("R 1000 i1\nC retire i2\n"), (References{load(0x1000, 1), retire(2)}));
}

TEST_F(Readers, MoreInstructionsThanAReferenceCanTellAreNotLost) {
  const std::string fetches = "F 400000 3 i4294967295\nF 400003 3 i4294967295\n";
  EXPECT_EQ(references(fetches + "R 1\nW 2 i7\n"),
            (References{load(1, UINT32_MAX), store(2, UINT32_MAX), retire(7)}));
  EXPECT_EQ(references("R 1\n" + fetches + "F 400006 3\n"),
            (References{load(1), retire(UINT32_MAX), retire(UINT32_MAX), retire(1)}));
}

// --- lackey -----------------------------------------------------------------------------------

constexpr char kLackey[] =
    "==123== Lackey, an example Valgrind tool\n"
    "==123== \n"
    "I  04001090,3\n"
    "I  04001093,5\n"
    " S 1ffefffe38,8\n"
    "I  04001d00,4\n"
    " L 1ffefffe40,4\n"
    " M 1ffefffe48,8\n"
    " L 1ffefffe50,512\n"
    "==123== Exit code:       0\n";

TEST_F(Readers, LackeyCountsInstructionsAndSplitsModifies) {
  const Read result = read(kLackey);
  EXPECT_EQ(result.format, TraceFormat::kLackey);
  EXPECT_EQ(result.references, (References{store(0x1ffefffe38, 2, 8), load(0x1ffefffe40, 1, 4),
                                           load(0x1ffefffe48, 0, 8), store(0x1ffefffe48, 0, 8),
                                           load(0x1ffefffe50, 0, 255), load(0x1fff000000, 0, 80)}));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("accesses that the program never made"));
}

TEST_F(Readers, LackeyYieldsFetchesIfAsked) {
  const References all = read(kLackey, true).references;
  ASSERT_EQ(all.size(), 9u);
  EXPECT_EQ(all[0], fetch(0x4001090, 1, 3));
  EXPECT_EQ(all[1], fetch(0x4001093, 1, 5));
  EXPECT_EQ(all[2], store(0x1ffefffe38, 0, 8));
}

TEST_F(Readers, LackeyCountsARepStringInstructionOnce) {
  const std::string rep =
      "I  1000,2\n L 10,1\n S 20,1\nI  1000,2\n L 11,1\n S 21,1\nI  1000,2\nI  1002,2\n L 30,8\n";
  EXPECT_EQ(references(rep), (References{load(0x10), store(0x20, 0), load(0x11, 0), store(0x21, 0),
                                         load(0x30, 1, 8)}));
  EXPECT_EQ(read(rep, true).references,
            (References{fetch(0x1000, 1, 2), load(0x10, 0), store(0x20, 0), load(0x11, 0),
                        store(0x21, 0), fetch(0x1002, 1, 2), load(0x30, 0, 8)}));
  // Instructions without data that repeat, and with data that take turns, count each time.
  EXPECT_EQ(references("I  1000,2\nI  1000,2\nI  1000,2\n L 10,1\n"), References{load(0x10, 3)});
  EXPECT_EQ(references("I  1000,2\n L 10,1\nI  1002,2\n L 10,1\nI  1000,2\n L 10,1\n"),
            (References{load(0x10), load(0x10), load(0x10)}));
}

TEST_F(Readers, LackeyWithoutInstructionsCountsOneAReference) {
  EXPECT_EQ(references(" L 10,4\n M 20,4\n"),
            (References{load(0x10, 1, 4), load(0x20, 1, 4), store(0x20, 1, 4)}));
}

TEST_F(Readers, LackeyLeavesOutWhatValgrindSays) {
  EXPECT_EQ(references("--123-- WARNING: unhandled amd64-linux syscall: 999\n L 10,4\n"
                       "**123** said by the program\n==123== \n S 20,4\n"),
            (References{load(0x10, 1, 4), store(0x20, 1, 4)}));
  EXPECT_THAT(refusal(" L 10,4\n-- 4\n"), HasSubstr("trace:2: found \"-- 4\""));
}

TEST_F(Readers, LackeyNamesTheWrongLine) {
  EXPECT_EQ(refusal("I  1000,4\n L 20;4\n"),
            "trace:2: found \" L 20;4\", expected \"I  address,size\" or \" L|S|M address,size\", "
            "as lackey prints");
  EXPECT_THAT(refusal("I  1000,4\nhello, world\n"), HasSubstr("trace:2: found \"hello, world\""));
  EXPECT_THAT(refusal("I  1000,4\n Q 20,4\n"), HasSubstr("trace:2:"));
}

// --- ChampSim ---------------------------------------------------------------------------------

struct ChampsimInstruction {
  uint64_t ip;
  std::vector<uint64_t> destinations;
  std::vector<uint64_t> sources;
  bool branch = false;
};

std::string champsim(const std::vector<ChampsimInstruction>& instructions,
                     bool cloudsuite = false) {
  std::string out;
  for (const ChampsimInstruction& instruction : instructions) {
    std::string record(cloudsuite ? 96 : 64, '\0');
    const auto set = [&record](size_t at, uint64_t value) {
      std::memcpy(record.data() + at, &value, 8);
    };
    set(0, instruction.ip);
    record[8] = record[9] = instruction.branch;
    for (size_t i = 0; i < instruction.destinations.size(); ++i) {
      set((cloudsuite ? 24 : 16) + 8 * i, instruction.destinations[i]);
    }
    for (size_t i = 0; i < instruction.sources.size(); ++i) {
      set((cloudsuite ? 56 : 32) + 8 * i, instruction.sources[i]);
    }
    out += record;
  }
  return out;
}

const std::vector<ChampsimInstruction> kInstructions{
    {0x401000, {}, {}, false},
    {0x401004, {0x7ffc1000, 0x7ffc2000}, {0x5000, 0x6000, 0, 0x7ff8}, false},
    {0x401008, {}, {}, true},
    {0x401010, {0, 0x9000}, {}, false},
};

const References kChampsimReferences{load(0x5000, 2),      load(0x6000, 0),      load(0x7ff8, 0),
                                     store(0x7ffc1000, 0), store(0x7ffc2000, 0), store(0x9000, 2)};

TEST_F(Readers, ChampsimGivesSourcesThenDestinations) {
  const Read result = read(champsim(kInstructions));
  EXPECT_EQ(result.format, TraceFormat::kChampsim);
  EXPECT_EQ(result.references, kChampsimReferences);
}

TEST_F(Readers, ChampsimYieldsFetchesIfAsked) {
  EXPECT_EQ(read(champsim(kInstructions), true).references,
            (References{fetch(0x401000), fetch(0x401004), load(0x5000, 0), load(0x6000, 0),
                        load(0x7ff8, 0), store(0x7ffc1000, 0), store(0x7ffc2000, 0),
                        fetch(0x401008), fetch(0x401010), store(0x9000, 0)}));
}

TEST_F(Readers, CloudsuiteIsKnownByContentNameOrOption) {
  const std::string content = champsim(kInstructions, true);
  EXPECT_EQ(read(content).format, TraceFormat::kCloudsuite);
  EXPECT_EQ(read(content).references, kChampsimReferences);
  // One record of zeros but for the ip is plausible in both layouts.
  const std::string doubtful = champsim({{0x401000, {}, {}, false}}, true);
  EXPECT_EQ(read(doubtful, true, "cloudsuite_1").format, TraceFormat::kCloudsuite);
  EXPECT_EQ(detect_format(doubtful, "cloudsuite_1"), TraceFormat::kCloudsuite);
  EXPECT_EQ(detect_format(doubtful, "a/cloudsuite_1"), TraceFormat::kCloudsuite);
  EXPECT_EQ(detect_format(doubtful, "cloudsuite/1"), TraceFormat::kChampsim) << "a folder's name";
  EXPECT_EQ(read(doubtful, true, "t", TraceFormat::kCloudsuite).references,
            References{fetch(0x401000)});
}

TEST_F(Readers, ChampsimOfOddAddressesIsKnownByItsName) {
  const std::string odd = champsim({{0, {}, {0x5000}, false}});
  EXPECT_THAT(refusal(odd), HasSubstr("is no trace of a known format"));
  const Read result = read(odd, false, "gcc.champsimtrace");
  EXPECT_EQ(result.format, TraceFormat::kChampsim);
  EXPECT_EQ(result.references, References{load(0x5000)});
  EXPECT_THAT(refusal("\x01\x02\x03", "gcc.champsimtrace"),
              HasSubstr("the record at byte 0 has 3 bytes, expected 64: truncated"));
}

TEST_F(Readers, ChampsimNamesTheWrongByte) {
  EXPECT_EQ(refusal(champsim(kInstructions) + std::string(10, 'x')),
            "trace: the record at byte 256 has 10 bytes, expected 64: truncated");
  std::vector<ChampsimInstruction> many(300, kInstructions[1]);
  std::string content = champsim(many);
  content[64 * 290 + 8] = 5;
  EXPECT_THAT(refusal(content), HasSubstr("the record at byte 18560 has is_branch 5"));
}

// --- DynamoRIO --------------------------------------------------------------------------------

std::string memtrace() {
  std::string out;
  entry(out, 25, 0, 7);         // header, version
  entry(out, 28, 2, 7);         // marker: version
  entry(out, 22, 4, 1111);      // thread
  entry(out, 24, 4, 1100);      // process
  entry(out, 47, 3, 0xccbbaa);  // encoding
  entry(out, 10, 3, 0x1000);    // instruction
  entry(out, 0, 8, 0x7000);     // read
  entry(out, 17, 2, 0x0502);    // bundle: of 2 and 5 bytes
  entry(out, 1, 4, 0x7010);     // write
  entry(out, 10, 2, 0x100a);    // rep movs, first iteration
  entry(out, 0, 1, 0x7020);
  entry(out, 29, 2, 0x100a);  // its second: no fetch
  entry(out, 0, 1, 0x7021);
  entry(out, 2, 64, 0x7040);  // prefetch
  entry(out, 22, 4, 2222);    // another thread
  entry(out, 48, 2, 0x2000);  // taken jump
  entry(out, 1, 64, 0x8000);
  entry(out, 23, 4, 2222);  // thread exit
  entry(out, 26, 0, 0);     // footer
  return out;
}

TEST_F(Readers, MemtraceTellsThreadsAndInstructions) {
  const Read result = read(memtrace());
  EXPECT_EQ(result.format, TraceFormat::kMemtrace);
  EXPECT_EQ(result.references,
            (References{load(0x7000, 1, 8), store(0x7010, 2, 4), load(0x7020, 1, 1),
                        load(0x7021, 0, 1), store(0x8000, 1, 64, 1)}));
}

TEST_F(Readers, MemtraceWithoutItsFooterMayBeCutOff) {
  const std::string whole = memtrace();
  read(whole);
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(references(whole.substr(0, whole.size() - 12)), references(whole));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("ends without DynamoRIO's footer: it may be cut off"));
}

TEST_F(Readers, MemtraceYieldsFetchesIfAsked) {
  EXPECT_EQ(
      read(memtrace(), true).references,
      (References{fetch(0x1000, 1, 3), load(0x7000, 0, 8), fetch(0x1003, 1, 2), fetch(0x1005, 1, 5),
                  store(0x7010, 0, 4), fetch(0x100a, 1, 2), load(0x7020, 0, 1), load(0x7021, 0, 1),
                  fetch(0x2000, 1, 2, 1), store(0x8000, 0, 64, 1)}));
}

TEST_F(Readers, MemtraceKnowsEveryKindOfInstruction) {
  std::string content;
  entry(content, 25, 0, 7);
  for (uint16_t type = 10; type <= 16; ++type) entry(content, type, 2, 0x1000 + 2 * type);
  entry(content, 0, 8, 0x7000);
  entry(content, 30, 2, 0x1040);  // may be fetched: it is not the last instruction again
  entry(content, 1, 1, 0x7008);
  entry(content, 30, 2, 0x1040);  // it is
  entry(content, 1, 1, 0x7009);
  entry(content, 31, 2, 0x1042);  // sysenter
  entry(content, 49, 2, 0x1044);  // untaken jump
  entry(content, 0, 0, 0x7010);   // of unknown size
  for (const uint16_t type : {3, 9, 18, 21, 27, 32}) entry(content, type, 64, 0x9000);  // no access
  entry(content, 17, 8, 0x0101010101010101);  // the fullest bundle
  entry(content, 1, 600, 0x7018);
  EXPECT_EQ(references(content),
            (References{load(0x7000, 7, 8), store(0x7008, 1, 1), store(0x7009, 0, 1),
                        load(0x7010, 2, 1), store(0x7018, 8, 255)}));
  const References fetched = read(content, true).references;
  ASSERT_EQ(fetched.size(), 23u);
  EXPECT_EQ(fetched[14], fetch(0x1046, 1, 1));  // the bundle goes on behind the jump
  EXPECT_EQ(fetched[21], fetch(0x104d, 1, 1));
}

TEST_F(Readers, MemtraceRefusesABundleOfMoreThanEight) {
  std::string content;
  entry(content, 25, 0, 7);
  entry(content, 17, 9, 0);
  EXPECT_EQ(refusal(content), "trace: byte 12: found a bundle of 9 instructions, expected 1 to 8");
}

TEST_F(Readers, MemtraceNamesTheWrongByte) {
  EXPECT_EQ(refusal(memtrace() + "abc"),
            "trace: byte 228: an entry of 3 bytes, expected 12: truncated");
  std::string content = memtrace();
  entry(content, 999, 0, 0);
  EXPECT_THAT(refusal(content), HasSubstr("byte 228: found an entry of type 999"));
}

constexpr char kView[] =
    "Output format:\n"
    "<--record#-> <--instr#->: <---tid---> <record details>\n"
    "------------------------------------------------------------\n"
    "           1           0: W0.T1111 <marker: version 7>\n"
    "           2           1: W0.T1111 ifetch       3 byte(s) @ 0x0000000000001000 48 89 e7       "
    "      "
    "mov    %rsp -> %rdi\n"
    "           3           2: W0.T1111 ifetch       5 byte(s) @ 0x0000000000001003 e8 48 0d 00 00 "
    "      "
    "call   $0x0000000000001d50 %rsp -> %rsp 0xfffffff8(%rsp)[8byte]\n"
    "           4           2: W0.T1111 write        8 byte(s) @ 0x00007ffc2d5a3b58 by PC "
    "0x0000000000001003\n"
    "           5           3: W0.T1111 ifetch      10 byte(s) @ 0x0000000000001d50 48 b8 11 22 33 "
    "44 55 "
    "mov    $0x8877665544332211 -> %rax\n"
    "                                                                 66 77 88\n"
    "           6           4:       2222 ifetch       2 byte(s) @ 0x0000000000002000 non-branch\n"
    "           7           4:       2222 read         4 byte(s) @ 0x00007ffc2d5a4000 by PC "
    "0x0000000000002000\n"
    "           8           4:       2222 ifetch       2 byte(s) @ 0x0000000000002000 non-fetched "
    "instruction\n"
    "           9           4:       2222 read         4 byte(s) @ 0x00007ffc2d5a4004 by PC "
    "0x0000000000002000\n"
    "          10           4:       2222 pref-r-L1   64 byte(s) @ 0x00007ffc2d5a5000 by PC "
    "0x0000000000002000\n"
    "          11           4:       2222 <thread 2222 exited>\n"
    "View tool results:\n"
    "              4 : total instructions\n";

TEST_F(Readers, MemtraceViewIsRead) {
  const Read result = read(kView);
  EXPECT_EQ(result.format, TraceFormat::kMemtraceView);
  EXPECT_EQ(result.references,
            (References{store(0x7ffc2d5a3b58, 2, 8), load(0x7ffc2d5a4000, 2, 4, 1),
                        load(0x7ffc2d5a4004, 0, 4, 1)}));
  EXPECT_EQ(read(kView, true).references.size(), 7u);
}

TEST_F(Readers, MemtraceViewTellsWorkloadsApart) {
  const std::string text =
      "1 0: W0.T5 ifetch 3 byte(s) @ 0x1000 non-branch\n"
      "2 0: W0.T5 read 8 byte(s) @ 0x2000 by PC 0x1000\n"
      "3 1: W1.T5 ifetch 3 byte(s) @ 0x1000 non-branch\n"
      "4 1: W1.T5 read 8 byte(s) @ 0x3000 by PC 0x1000\n";
  EXPECT_EQ(read(text).references, (References{load(0x2000, 1, 8), load(0x3000, 1, 8, 1)}));
}

TEST_F(Readers, MemtraceViewNamesTheWrongLine) {
  EXPECT_THAT(refusal(std::string(kView) + "what is this\n"),
              HasSubstr("trace:18: found \"what is this\", expected \"record# instruction#:"));
  EXPECT_THAT(refusal("1 1: T5 read 8 byte(s) @ 0xzz by PC 0x1\n"), HasSubstr("trace:1:"));
}

// --- compression and detection ----------------------------------------------------------------

std::string gzip(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<unsigned>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string xz(const std::string& content) {
  std::string out(lzma_stream_buffer_bound(content.size()), '\0');
  size_t size = 0;
  lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                          reinterpret_cast<const uint8_t*>(content.data()), content.size(),
                          reinterpret_cast<uint8_t*>(out.data()), &size, out.size());
  out.resize(size);
  return out;
}

/// With a checksum, as the program zstd writes: without one, damage may pass as other content.
std::string zstd(const std::string& content) {
  std::string out(ZSTD_compressBound(content.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  return out;
}

TEST_F(Readers, EveryCompressionIsTakenOffEveryFormat) {
  std::string many;
  for (int i = 0; i < 50000; ++i) many += fmt::format("R {:x} 8\n", i * 64);
  for (const std::string& content :
       {std::string(kLackey), champsim(kInstructions), memtrace(), std::string(kView), many}) {
    const References plain = references(content);
    for (const auto compress : {gzip, xz, zstd}) {
      EXPECT_EQ(references(compress(content)), plain);
      EXPECT_EQ(references(compress(content) + compress("")), plain);  // members count as one
    }
    EXPECT_EQ(references(gzip(zstd(xz(content)))), plain);
  }
}

TEST_F(Readers, AnInstructionPointerIsNoMagicNumberWhereChampsimIsNamed) {
  EXPECT_EQ(read(champsim({{0x408b1f, {}, {0x5000}}})).format, TraceFormat::kChampsim);
  for (const uint64_t ip : std::vector<uint64_t>{0x7f0000088b1f, 0x685a42, 0x4034b50, 0x184d2204,
                                                 0xfd2fb528, 0x184d2a50, 0x5a587a37fd}) {
    const std::string narrow = champsim({{ip, {}, {0x5000}}, {ip + 4, {0x6000}, {}}});
    const std::string wide = champsim({{ip, {}, {0x5000}}, {ip + 4, {0x6000}, {}}}, true);
    const References expected{load(0x5000), store(0x6000)};
    for (const auto compress : {+[](const std::string& plain) { return plain; }, gzip, xz, zstd}) {
      EXPECT_EQ(read(compress(narrow), false, "t", TraceFormat::kChampsim).references, expected);
      EXPECT_EQ(read(compress(wide), false, "t", TraceFormat::kCloudsuite).references, expected);
    }
  }
}

TEST_F(Readers, EveryFrameOfZstandardIsRead) {
  using namespace std::string_literals;
  const std::string text = "R 1000 8\n";
  const std::string to_skip = "\x53\x2a\x4d\x18\x02\x00\x00\x00zz"s;  // as pzstd begins
  EXPECT_EQ(references(to_skip + zstd(text) + to_skip), references(text));
  // A frame with a window of 2 GiB, as of zstd --long=31, and one last block as it is.
  const std::string wide =
      "\x28\xb5\x2f\xfd\x00\xa8"s + static_cast<char>(1 | text.size() << 3) + "\x00\x00"s + text;
  EXPECT_EQ(references(wide), references(text));
}

TEST_F(Readers, CutOrDamagedCompressionIsRefused) {
  std::string many;
  for (uint64_t i = 0; i < 50000; ++i) many += fmt::format("R {:x} 8\n", i * i);
  for (const auto compress : {gzip, xz, zstd}) {
    const std::string whole = compress(many);
    EXPECT_THAT(refusal(whole.substr(0, whole.size() / 2)), HasSubstr("cut off"));
    std::string damaged = whole;
    for (size_t at = damaged.size() / 2; at < damaged.size() / 2 + 40; ++at) damaged[at] ^= 0x55;
    EXPECT_THROW(read(damaged), InputError);
  }
  EXPECT_THAT(refusal("BZh91AY&SY"), HasSubstr("bzip2"));
  EXPECT_THAT(refusal(std::string("PK\x03\x04zzzz")), HasSubstr("zip"));
}

TEST_F(Readers, WhatIsNoTraceIsRefusedWithTheKnownFormats) {
  EXPECT_EQ(refusal(""), "trace: is empty; a trace has references");
  EXPECT_EQ(refusal(gzip("")), "trace: is empty; a trace has references");
  for (const char* const content : {"hello, world\n", "# only a comment\n", "\x01\x02\x03\x04"}) {
    EXPECT_THAT(refusal(content), HasSubstr("is no trace of a known format; known are"));
  }
  EXPECT_THAT(input_error([] { open_trace("/nonexistent/trace"); }), HasSubstr("cannot open"));
  EXPECT_THAT(input_error([] { open_trace("/"); }), HasSubstr("is a directory"));
}

TEST_F(Readers, FormatNamesAreTheirOwn) {
  for (const auto format :
       {TraceFormat::kNwt, TraceFormat::kText, TraceFormat::kLackey, TraceFormat::kChampsim,
        TraceFormat::kCloudsuite, TraceFormat::kMemtrace, TraceFormat::kMemtraceView}) {
    EXPECT_EQ(parse_trace_format(to_string(format)), format);
  }
  EXPECT_THAT(input_error([] { parse_trace_format("elf"); }), HasSubstr("there are nwt, text"));
}

}  // namespace
}  // namespace nestwalk
