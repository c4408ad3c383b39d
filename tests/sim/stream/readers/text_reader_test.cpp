// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/control_operation.h"
#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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

TEST_F(Readers, AByteOrderMarkIsNoPartOfTheFirstLine) {
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_EQ(references(mark + "R 10\nW 20\n"), (References{load(0x10), store(0x20)}));
  EXPECT_EQ(references(mark + "# a comment\nR 10\n"), References{load(0x10)});
  EXPECT_EQ(read(mark + " L 04000000,8\n").format, TraceFormat::kLackey);
  EXPECT_THAT(refusal("R 10\n" + mark + "R 20\n"), HasSubstr("trace:2: found \"???R 20\""));
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

}  // namespace
}  // namespace nestwalk::test
