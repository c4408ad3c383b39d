// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/bytes/compress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr size_t kBuffer = size_t{1} << 16;
constexpr uint32_t kXzPreset = 1;  ///< Traces are long: about the size of 6 at a fifth of its time.

/// A compressor before a sink: the formats differ in one step only.
class CompressingSink : public ByteSink {
 public:
  explicit CompressingSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}

  void write(const void* data, size_t bytes) override {
    std::string_view in(static_cast<const char*>(data), bytes);
    while (!in.empty()) step(in, false);
  }
  void commit() override {
    std::string_view nothing;
    while (!step(nothing, true)) {
    }
    sink_->commit();
  }

 protected:
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
    bool ended = false;
  };
  /// One call of the library. `end`: no more comes; to be called until it has ended.
  virtual Step encode(std::string_view in, char* to, size_t capacity, bool end) = 0;

 private:
  bool step(std::string_view& in, bool end) {
    const Step done = encode(in, buffer_.data(), buffer_.size(), end);
    in.remove_prefix(done.consumed);
    if (done.produced > 0) sink_->write(buffer_.data(), done.produced);
    return done.ended;
  }

  std::unique_ptr<ByteSink> sink_;
  std::vector<char> buffer_ = std::vector<char>(kBuffer);
};

class GzipSink : public CompressingSink {
 public:
  explicit GzipSink(std::unique_ptr<ByteSink> sink) : CompressingSink(std::move(sink)) {
    constexpr int kGzip = 16;  // added to the window's bits
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;
  ~GzipSink() override { deflateEnd(&stream_); }

 protected:
  Step encode(std::string_view in, char* to, size_t capacity, bool end) override {
    in = in.substr(0, std::numeric_limits<uInt>::max());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(capacity);
    const int code = deflate(&stream_, end ? Z_FINISH : Z_NO_FLUSH);
    return {in.size() - stream_.avail_in, capacity - stream_.avail_out, code == Z_STREAM_END};
  }

 private:
  z_stream stream_{};
};

class XzSink : public CompressingSink {
 public:
  explicit XzSink(std::unique_ptr<ByteSink> sink) : CompressingSink(std::move(sink)) {
    if (lzma_easy_encoder(&stream_, kXzPreset, LZMA_CHECK_CRC64) != LZMA_OK) throw std::bad_alloc();
  }
  XzSink(const XzSink&) = delete;
  XzSink& operator=(const XzSink&) = delete;
  ~XzSink() override { lzma_end(&stream_); }

 protected:
  Step encode(std::string_view in, char* to, size_t capacity, bool end) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(to);
    stream_.avail_out = capacity;
    const lzma_ret code = lzma_code(&stream_, end ? LZMA_FINISH : LZMA_RUN);
    if (code != LZMA_OK && code != LZMA_STREAM_END) throw std::runtime_error("xz: cannot compress");
    return {in.size() - stream_.avail_in, capacity - stream_.avail_out, code == LZMA_STREAM_END};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class ZstdSink : public CompressingSink {
 public:
  explicit ZstdSink(std::unique_ptr<ByteSink> sink)
      : CompressingSink(std::move(sink)), context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {}

 protected:
  Step encode(std::string_view in, char* to, size_t capacity, bool end) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer out{to, capacity, 0};
    const size_t left =
        ZSTD_compressStream2(context_.get(), &out, &from, end ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) throw std::runtime_error(ZSTD_getErrorName(left));
    return {from.pos, out.pos, end && left == 0};
  }

 private:
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context_;
};

template <class Sink>
std::unique_ptr<ByteSink> make(std::unique_ptr<ByteSink> sink) {
  return std::make_unique<Sink>(std::move(sink));
}

struct Compression {
  std::string_view suffix;
  std::unique_ptr<ByteSink> (*make)(std::unique_ptr<ByteSink>);
};
constexpr std::array<Compression, 3> kCompressions{
    {{".gz", make<GzipSink>}, {".xz", make<XzSink>}, {".zst", make<ZstdSink>}}};

/// Behind a name.
bool ends_with(std::string_view path, std::string_view suffix) {
  return path.size() > suffix.size() && path.substr(path.size() - suffix.size()) == suffix;
}

/// nullptr: the path names none.
const Compression* compression_of(std::string_view path) {
  for (const Compression& one : kCompressions)
    if (ends_with(path, one.suffix)) return &one;
  return nullptr;
}

}  // namespace

std::string without_compression(const std::string& path) {
  const Compression* const compression = compression_of(path);
  return compression == nullptr ? path : path.substr(0, path.size() - compression->suffix.size());
}

std::unique_ptr<ByteSink> create_compressed(const std::string& path) {
  for (const std::string_view other : {".bz2", ".lz4"})
    if (ends_with(path, other))
      throw InputError(path,
                       "asks for a compression that is not written; there are .gz, .xz, .zst");
  const Compression* const compression = compression_of(path);
  std::unique_ptr<ByteSink> sink = create_bytes(path);
  return compression == nullptr ? std::move(sink) : compression->make(std::move(sink));
}

}  // namespace nestwalk
