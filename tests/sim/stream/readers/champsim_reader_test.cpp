// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/readers/detect.h"
#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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

}  // namespace
}  // namespace nestwalk::test
