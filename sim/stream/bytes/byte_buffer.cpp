// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/bytes/byte_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nestwalk {
namespace {
constexpr size_t kWindow = size_t{1} << 18;
}

ByteBuffer::ByteBuffer(std::unique_ptr<ByteSource> source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), data_(kWindow) {}

bool ByteBuffer::fill(size_t bytes) {
  if (end_ - begin_ >= bytes) return true;
  if (begin_ > 0) {
    std::memmove(data_.data(), data_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // Grown as the source delivers, not as a damaged length field asks.
  while (!ended_ && end_ < bytes) {
    if (end_ == data_.size()) data_.resize(2 * data_.size());
    const size_t got = source_->read(data_.data() + end_, data_.size() - end_);
    if (got == 0) ended_ = true;
    end_ += got;
  }
  return end_ >= bytes;
}

void ByteBuffer::seek(uint64_t offset) {
  source_->seek(offset);
  begin_ = end_ = 0;
  offset_ = offset;
  ended_ = false;
}

}  // namespace nestwalk
