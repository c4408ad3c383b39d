// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/stream/bytes/byte_source.h"

namespace nestwalk {

/// A window onto a source that can be looked at before it is consumed. Knows its offset, so that
/// messages can say where.
class ByteBuffer {
 public:
  /// `name` is what messages call the source.
  ByteBuffer(std::unique_ptr<ByteSource> source, std::string name);

  const std::string& name() const { return name_; }
  /// Offset in the (decompressed) source of the first byte of view().
  uint64_t offset() const { return offset_; }

  /// Reads until view() holds `bytes` or the source ends; returns whether it holds them.
  bool fill(size_t bytes);
  std::string_view view() const { return {data_.data() + begin_, end_ - begin_}; }
  void consume(size_t bytes) {
    begin_ += bytes;
    offset_ += bytes;
  }

  bool seekable() const { return source_->seekable(); }
  uint64_t size() const { return source_->size(); }
  void seek(uint64_t offset);

 private:
  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> data_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
  bool ended_ = false;
};

}  // namespace nestwalk
