// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/stream/bytes/byte_buffer.h"

namespace nestwalk {

/// A text without the UTF-8 byte-order mark that some editors begin it with.
std::string_view without_byte_order_mark(std::string_view text);

/// Lines of a text, without their ends (LF or CR LF) and a byte-order mark, numbered from 1.
class LineReader {
 public:
  explicit LineReader(std::unique_ptr<ByteBuffer> input) : input_(std::move(input)) {}

  /// The next line, valid until the next call; false at the end. Throws InputError for a line
  /// beyond 64 KiB, which no text trace has.
  bool next(std::string_view& line);

  /// File and line, for messages.
  std::string place() const { return input_->name() + ":" + std::to_string(number_); }

  /// Throws InputError for the present line: what was found, and what would be right.
  [[noreturn]] void fail(std::string_view found, std::string_view expected) const;

 private:
  std::unique_ptr<ByteBuffer> input_;
  size_t consumed_ = 0;  ///< Of the window: the present line with its end.
  uint64_t number_ = 0;
};

/// Takes fields off the front of a line.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) { skip_blanks(); }

  /// Up to the next blank, tab or comma; empty at the end.
  std::string_view next();
  std::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

 private:
  void skip_blanks();
  std::string_view rest_;
};

/// Whether valgrind says something on the line, as in its banner (`==pid== ...`), in a warning
/// (`--pid-- ...`) or for the program (`**pid** ...`).
bool is_valgrind_message(std::string_view line);

/// A hexadecimal number with or without 0x; nullopt if it is not one or exceeds 64 bits.
std::optional<uint64_t> parse_hexadecimal(std::string_view text);
/// A decimal number; nullopt if it is not one or exceeds 64 bits.
std::optional<uint64_t> parse_decimal(std::string_view text);

}  // namespace nestwalk
