// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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

}  // namespace
}  // namespace nestwalk::test
