// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// Reads what the recording plugin writes (sim/stream/plugin/raw_stream.h). A record cut off at the
/// end is left out: the program was killed. Threads are numbered in order of appearance.
class RawStreamReader : public Stream {
 public:
  explicit RawStreamReader(std::unique_ptr<ByteBuffer> input) : input_(std::move(input)) {}

  size_t read(Reference* batch, size_t capacity) override;

  /// Whether the plugin said that it is there.
  bool started() const { return started_; }
  uint64_t forks() const { return forks_; }
  /// Whether an execve succeeded: its thread was heard of no more.
  bool replaced() const { return replaced_by_.has_value(); }

 private:
  bool read_header();
  size_t take_notes(Reference* batch, size_t count);
  bool take_note(const Reference& record);
  uint16_t number_of(uint16_t thread);

  std::unique_ptr<ByteBuffer> input_;
  bool started_ = false;
  uint64_t forks_ = 0;
  std::optional<uint16_t> replaced_by_;  ///< The plugin's number of the thread that called execve.
  uint64_t retired_ = 0;                 ///< Instructions that no element has told yet.
  std::vector<int> numbers_;             ///< Of threads, by the plugin's numbers.
  int next_number_ = 0;
};

}  // namespace nestwalk
