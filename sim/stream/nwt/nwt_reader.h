// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/nwt/block_decoder.h"
#include "sim/stream/nwt/index.h"
#include "sim/stream/nwt/layout.h"
#include "sim/stream/stream.h"
#include "sim/stream/thread_order.h"

struct ZSTD_DCtx_s;

namespace nestwalk {

/// Reads .nwt: from a file, whose index is read first, or from a pipe, whose index comes last.
/// Every part is checked before it is used: a byte that is not as written is an InputError that
/// names the block and the byte.
class NwtReader : public Stream {
 public:
  /// Without `fetch` instruction fetches are left out, their instructions counted with the element
  /// that follows, and threads numbered as those left appear.
  NwtReader(std::unique_ptr<ByteBuffer> input, bool fetch);
  ~NwtReader() override;

  size_t read(Reference* batch, size_t capacity) override;
  /// By the index, where it knows the place: in a seekable file, of which no fetches are left out.
  void skip(uint64_t count) override;
  std::optional<uint64_t> length() const override;
  std::vector<VirtualRange> touched() const override;
  std::optional<VirtualRange> primary_region() const override;

  /// What the file holds; nullopt where it is a pipe not yet read to its end.
  const StreamSummary* summary() const { return index_ ? &index_->summary : nullptr; }
  /// Whether seek() works.
  bool seekable() const { return input_->seekable(); }
  /// Goes on with element `element` (fetches count, even if they are left out), at most the end.
  void seek(uint64_t element);
  /// Goes on behind the first `count` loads and stores, at most all, where it knows their place: in
  /// a seekable file of nothing else, but for a last element that tells what was retired behind
  /// them. Returns whether it did; else it is at the beginning.
  bool seek_reference(uint64_t count);

 private:
  void read_file_header();
  void read_index_from_end();
  /// Reads the next part; false at the end of the file.
  bool next_block();
  void load_block();
  /// Fails at the end of a block whose codes do not use up its deltas.
  void decode(Reference* to, size_t count);
  void check_block(const nwt::BlockHeader& header) const;
  void decompress(const uint8_t* from, size_t bytes, uint8_t* to, size_t size, bool compressed);
  nwt::Index read_index();
  nwt::Trailer read_trailer();
  size_t drop_fetches(Reference* batch, size_t count);
  /// The header at the front of the input, which is `what` in messages.
  template <class Header>
  Header peek(const std::string& what);
  [[noreturn]] void fail(const std::string& what, const std::string& why) const;
  std::string block_name() const;

  std::unique_ptr<ByteBuffer> input_;
  bool fetch_;
  nwt::BlockDecoder decoder_;
  std::unique_ptr<ZSTD_DCtx_s, size_t (*)(ZSTD_DCtx_s*)> context_;
  std::optional<nwt::Index> index_;
  uint64_t blocks_ = 0;        ///< Number of the next block.
  uint64_t next_element_ = 0;  ///< First element of the next block.
  uint64_t part_offset_ = 0;   ///< Of the part being read.
  bool block_holds_fetches_ = false;
  uint64_t dropped_instructions_ = 0;
  std::optional<ThreadOrder> order_;  ///< Where there may be fetches that are left out.
  bool ended_ = false;
};

std::unique_ptr<Stream> read_nwt(std::unique_ptr<ByteBuffer> input, bool fetch);

}  // namespace nestwalk
