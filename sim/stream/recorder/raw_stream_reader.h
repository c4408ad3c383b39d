// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// Reads what the recording plugin writes (sim/stream/plugin/raw_stream.h). A record cut off at the
/// end is left out: the program was killed.
class RawStreamReader : public Stream {
 public:
  explicit RawStreamReader(std::unique_ptr<ByteBuffer> input) : input_(std::move(input)) {}

  size_t read(Reference* batch, size_t capacity) override;

  /// Whether the plugin said that it is there.
  bool started() const { return started_; }
  uint64_t forks() const { return forks_; }
  bool replaced() const { return replaced_; }

 private:
  bool read_header();
  size_t take_notes(Reference* batch, size_t count);

  std::unique_ptr<ByteBuffer> input_;
  bool started_ = false;
  uint64_t forks_ = 0;
  bool replaced_ = false;
};

}  // namespace nestwalk
