// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/readers/line_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr size_t kLongestLine = size_t{1} << 16;

std::optional<uint64_t> parse_number(std::string_view text, int base) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stopped != end || text.empty()) return std::nullopt;
  return value;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == ',';
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.substr(0, kMark.size()) == kMark) text.remove_prefix(kMark.size());
  return text;
}

bool LineReader::next(std::string_view& line) {
  input_->consume(consumed_);
  consumed_ = 0;
  ++number_;
  std::string_view view = input_->view();
  auto* newline = static_cast<const char*>(std::memchr(view.data(), '\n', view.size()));
  if (newline == nullptr) {
    input_->fill(kLongestLine + 1);
    view = input_->view();
    if (view.empty()) return false;
    newline = static_cast<const char*>(std::memchr(view.data(), '\n', view.size()));
  }
  size_t length = newline ? static_cast<size_t>(newline - view.data()) : view.size();
  if (length > kLongestLine) fail("a line longer than 64 KiB", "lines of text");
  consumed_ = newline ? length + 1 : length;
  if (length > 0 && view[length - 1] == '\r') --length;
  line = view.substr(0, length);
  if (number_ == 1) line = without_byte_order_mark(line);
  return true;
}

void LineReader::fail(std::string_view found, std::string_view expected) const {
  constexpr size_t kShown = 80;
  std::string shown(found.substr(0, kShown));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  }
  if (found.size() > kShown) shown += "...";
  throw InputError(input_->name(), number_,
                   fmt::format("found \"{}\", expected {}", shown, expected));
}

std::string_view Fields::next() {
  size_t length = 0;
  while (length < rest_.size() && !is_blank(rest_[length])) ++length;
  const std::string_view field = rest_.substr(0, length);
  rest_.remove_prefix(length);
  skip_blanks();
  return field;
}

void Fields::skip_blanks() {
  size_t blanks = 0;
  while (blanks < rest_.size() && is_blank(rest_[blanks])) ++blanks;
  rest_.remove_prefix(blanks);
}

bool is_valgrind_message(std::string_view line) {
  const std::string_view mark = line.substr(0, 2);
  if (mark == "==") return true;
  const bool numbered = line.size() > 2 && line[2] >= '0' && line[2] <= '9';
  return numbered && (mark == "--" || mark == "**");
}

std::optional<uint64_t> parse_hexadecimal(std::string_view text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text.remove_prefix(2);
  }
  return parse_number(text, 16);
}

std::optional<uint64_t> parse_decimal(std::string_view text) {
  return parse_number(text, 10);
}

}  // namespace nestwalk
