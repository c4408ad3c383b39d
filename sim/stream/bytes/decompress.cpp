// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/bytes/decompress.h"

#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

using namespace std::string_view_literals;

/// A decompressor over a buffer: the layers differ in one step only.
class Decompressor : public ByteSource {
 public:
  Decompressor(std::unique_ptr<ByteBuffer> input, const char* format)
      : input_(std::move(input)), format_(format) {}

  size_t read(char* to, size_t capacity) override {
    for (;;) {
      input_->fill(1);
      const std::string_view in = input_->view();
      if (in.empty() && at_member_end_) return 0;
      const Step step = decode(in, to, capacity);
      input_->consume(step.consumed);
      at_member_end_ = step.member_ended;
      if (step.produced > 0) return step.produced;
      if (in.empty() && !at_member_end_) {
        throw InputError(input_->name(),
                         fmt::format("{} data is cut off at byte {}", format_, input_->offset()));
      }
    }
  }

 protected:
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
    bool member_ended = false;
  };
  /// One call of the library; empty `in` is the end of input.
  virtual Step decode(std::string_view in, char* to, size_t capacity) = 0;

  [[noreturn]] void fail(std::string_view why) const {
    throw InputError(input_->name(), fmt::format("{} data is damaged near byte {}: {}", format_,
                                                 input_->offset(), why));
  }
  bool at_member_end() const { return at_member_end_; }

 private:
  std::unique_ptr<ByteBuffer> input_;
  const char* format_;
  bool at_member_end_ = false;
};

class GzipSource : public Decompressor {
 public:
  explicit GzipSource(std::unique_ptr<ByteBuffer> input) : Decompressor(std::move(input), "gzip") {
    inflateInit2(&stream_, 15 + 16);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

 protected:
  Step decode(std::string_view in, char* to, size_t capacity) override {
    if (at_member_end() && !in.empty()) inflateReset(&stream_);
    // zlib counts in unsigned int and its input is not const.
    constexpr size_t kMost = std::numeric_limits<unsigned>::max();
    const auto offered = static_cast<unsigned>(std::min(in.size(), kMost));
    const auto room = static_cast<unsigned>(std::min(capacity, kMost));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = offered;
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      fail(stream_.msg ? stream_.msg : "unexpected content");
    }
    return {offered - stream_.avail_in, room - stream_.avail_out, result == Z_STREAM_END};
  }

 private:
  z_stream stream_{};
};

class XzSource : public Decompressor {
 public:
  explicit XzSource(std::unique_ptr<ByteBuffer> input) : Decompressor(std::move(input), "xz") {
    // No memory limit of ours: xz -9 needs 65 MiB, and no more than its header says.
    if (lzma_stream_decoder(&stream_, std::numeric_limits<uint64_t>::max(), LZMA_CONCATENATED) !=
        LZMA_OK) {
      fail("cannot start the decoder");
    }
  }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;
  ~XzSource() override { lzma_end(&stream_); }

 protected:
  Step decode(std::string_view in, char* to, size_t capacity) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(to);
    stream_.avail_out = capacity;
    const lzma_ret result = lzma_code(&stream_, in.empty() ? LZMA_FINISH : LZMA_RUN);
    if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) {
      fail(result == LZMA_DATA_ERROR ? "checksum or content is wrong" : "unexpected content");
    }
    return {in.size() - stream_.avail_in, capacity - stream_.avail_out, result == LZMA_STREAM_END};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class ZstdSource : public Decompressor {
 public:
  explicit ZstdSource(std::unique_ptr<ByteBuffer> input)
      : Decompressor(std::move(input), "Zstandard"), stream_(ZSTD_createDStream()) {
    // As for xz: the window that the header asks for, which zstd --long makes up to 2 GiB.
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax,
                           ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
  }

 protected:
  Step decode(std::string_view in, char* to, size_t capacity) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer out{to, capacity, 0};
    const size_t result = ZSTD_decompressStream(stream_.get(), &out, &from);
    if (ZSTD_isError(result)) fail(ZSTD_getErrorName(result));
    return {from.pos, out.pos, result == 0};
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
};

bool starts_with(std::string_view data, std::string_view magic) {
  return data.substr(0, magic.size()) == magic;
}

/// A frame of data or, as pzstd writes first, one to skip.
bool is_zstd(std::string_view data) {
  constexpr auto kToSkip = "\x2a\x4d\x18"sv;  // behind a byte of 0x50 to 0x5f
  const bool to_skip = data.size() > kToSkip.size() && (data[0] & 0xf0) == 0x50 &&
                       starts_with(data.substr(1), kToSkip);
  return to_skip || starts_with(data, "\x28\xb5\x2f\xfd"sv);
}

void refuse_other_archives(const ByteBuffer& input) {
  const auto refuse = [&](const char* what, const char* instead) {
    throw InputError(input.name(), fmt::format("is {} data, which is not read; {}", what, instead));
  };
  const std::string_view data = input.view();
  if (starts_with(data, "BZh"sv)) refuse("bzip2", "use gzip, xz or zstd, or pipe bzip2 -dc into -");
  if (starts_with(data, "\x04\x22\x4d\x18"sv)) refuse("lz4", "use zstd, or pipe lz4 -dc into -");
  if (starts_with(data, "PK\x03\x04"sv)) {
    refuse("zip", "unpack it: the chunks of one DynamoRIO thread, in order, are one trace");
  }
}

}  // namespace

std::unique_ptr<ByteBuffer> decompressed(std::unique_ptr<ByteBuffer> input,
                                         const std::function<bool(ByteBuffer&)>& is_plain) {
  while (!is_plain(*input)) {
    input->fill(6);
    const std::string_view data = input->view();
    const std::string name = input->name();
    std::unique_ptr<ByteSource> layer;
    if (starts_with(data, "\x1f\x8b\x08"sv)) {
      layer = std::make_unique<GzipSource>(std::move(input));
    } else if (starts_with(data, "\xfd\x37zXZ\0"sv)) {
      layer = std::make_unique<XzSource>(std::move(input));
    } else if (is_zstd(data)) {
      layer = std::make_unique<ZstdSource>(std::move(input));
    } else {
      refuse_other_archives(*input);
      break;
    }
    input = std::make_unique<ByteBuffer>(std::move(layer), name);
  }
  return input;
}

}  // namespace nestwalk
