// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/sim/stream/readers/reader_test.h"
#include "tests/sim/stream/readers/sample_traces.h"

namespace nestwalk::test {
namespace {

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
}  // namespace nestwalk::test
