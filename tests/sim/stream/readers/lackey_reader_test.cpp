// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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

}  // namespace
}  // namespace nestwalk::test
