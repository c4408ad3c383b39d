// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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

}  // namespace
}  // namespace nestwalk::test
