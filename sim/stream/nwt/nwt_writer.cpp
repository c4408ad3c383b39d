// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/nwt_writer.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sim/stream/nwt/block_encoder.h"
#include "sim/stream/nwt/checksum.h"
#include "sim/stream/nwt/index.h"
#include "sim/stream/nwt/layout.h"

namespace nestwalk {

using namespace nwt;

namespace {

/// How small compression must make a part to be worth its time when reading: at levels that are for
/// fast reading, and at the others.
constexpr double kWorthReading = 0.75;
constexpr double kWorthKeeping = 0.95;

class Compressor {
 public:
  explicit Compressor(int level) : level_(level), context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    // Long matches only: fewer steps for the reader, which is what most of its time would go to.
    if (level < 0) ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_minMatch, 7);
  }

  /// Compresses `data` into `to` where that is worthwhile, else copies it; returns whether it did.
  bool compress(const std::vector<uint8_t>& data, std::vector<uint8_t>& to) const {
    if (level_ != 0) {
      to.resize(ZSTD_compressBound(data.size()));
      const size_t size =
          ZSTD_compress2(context_.get(), to.data(), to.size(), data.data(), data.size());
      if (ZSTD_isError(size)) throw std::runtime_error(ZSTD_getErrorName(size));
      const double most = level_ < 0 ? kWorthReading : kWorthKeeping;
      if (static_cast<double>(size) < most * static_cast<double>(data.size())) {
        to.resize(size);
        return true;
      }
    }
    to = data;
    return false;
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  int level_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

class NwtWriter::Impl {
 public:
  Impl(std::unique_ptr<ByteSink> sink, int level) : sink_(std::move(sink)), compressor_(level) {
    FileHeader header{};
    std::memcpy(header.magic, kMagic.data(), sizeof header.magic);
    header.version = kVersion;
    header.block_elements = kBlockElements;
    header.checksum = checksum_of(header);
    put(&header, sizeof header);
  }

  void write(const Reference* elements, size_t count) {
    while (count > 0) {
      const size_t taken = std::min<size_t>(count, kBlockElements - pending_.size());
      pending_.insert(pending_.end(), elements, elements + taken);
      elements += taken;
      count -= taken;
      if (pending_.size() == kBlockElements) write_block();
    }
  }

  StreamSummary finish() {
    if (!pending_.empty()) write_block();
    index_.summary = summarizer_.finish();
    const uint64_t index_offset = bytes_;
    write_index();
    Trailer trailer{};
    trailer.index_offset = index_offset;
    std::memcpy(trailer.magic, kTrailerMagic.data(), sizeof trailer.magic);
    trailer.checksum = checksum_of(trailer);
    put(&trailer, sizeof trailer);
    sink_->commit();
    return index_.summary;
  }

  uint64_t references() const { return summarizer_.references(); }
  uint64_t bytes() const { return bytes_; }

 private:
  void write_block() {
    BlockHeader header{};
    header.tag = kBlockTag;
    header.number = static_cast<uint32_t>(index_.blocks.size());
    header.first_element = summarizer_.elements();
    header.first_instruction = summarizer_.instructions();
    header.elements = static_cast<uint32_t>(pending_.size());
    index_.blocks.push_back({bytes_, header.first_element, header.first_instruction});
    summarizer_.add(pending_.data(), pending_.size());

    const EncodedBlock& block = encoder_.encode(pending_.data(), pending_.size());
    pending_.clear();
    if (block.wide_codes) header.flags |= kWideCodes;
    if (block.holds_fetches) header.flags |= kHoldsFetches;
    if (compressor_.compress(block.head, head_)) header.flags |= kHeadCompressed;
    if (compressor_.compress(block.deltas, deltas_)) header.flags |= kDeltasCompressed;
    header.head_bytes = static_cast<uint32_t>(head_.size());
    header.head_size = static_cast<uint32_t>(block.head.size());
    header.delta_bytes = static_cast<uint32_t>(deltas_.size());
    header.delta_size = static_cast<uint32_t>(block.deltas.size());
    head_.insert(head_.end(), deltas_.begin(), deltas_.end());
    header.checksum = checksum(head_.data(), head_.size(), checksum_of(header));
    put(&header, sizeof header);
    put(head_.data(), head_.size());
  }

  void write_index() {
    const std::vector<uint64_t> words = index_words(index_);
    IndexHeader header{};
    header.tag = kIndexTag;
    header.blocks = static_cast<uint32_t>(index_.blocks.size());
    header.payload_bytes = words.size() * sizeof(uint64_t);
    header.checksum = checksum(words.data(), header.payload_bytes, checksum_of(header));
    put(&header, sizeof header);
    put(words.data(), header.payload_bytes);
  }

  void put(const void* data, size_t bytes) {
    sink_->write(data, bytes);
    bytes_ += bytes;
  }

  std::unique_ptr<ByteSink> sink_;
  uint64_t bytes_ = 0;
  std::vector<Reference> pending_;
  BlockEncoder encoder_;
  Compressor compressor_;
  std::vector<uint8_t> head_;
  std::vector<uint8_t> deltas_;
  Summarizer summarizer_;
  Index index_;
};

NwtWriter::NwtWriter(std::unique_ptr<ByteSink> sink, int level)
    : impl_(std::make_unique<Impl>(std::move(sink), level)) {}
NwtWriter::~NwtWriter() = default;

void NwtWriter::write(const Reference* elements, size_t count) {
  impl_->write(elements, count);
}
StreamSummary NwtWriter::finish() {
  return impl_->finish();
}
uint64_t NwtWriter::references() const {
  return impl_->references();
}
uint64_t NwtWriter::bytes() const {
  return impl_->bytes();
}

}  // namespace nestwalk
