// SPDX-License-Identifier: Apache-2.0
#include "sim/config/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kLargest = size_t{64} << 20;  ///< Bytes; a sweep may list a million values.

/// Index of the last character of the string that begins at `begin`.
size_t end_of_string(std::string_view text, size_t begin) {
  const char quote = text[begin];
  const std::string three(3, quote);
  const bool long_one = text.substr(begin, 3) == three;
  for (size_t i = begin + (long_one ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (long_one && text.substr(i, 3) == three)
      return i + 2;
    else if (!long_one && (text[i] == quote || text[i] == '\n'))
      return i - (text[i] == '\n' ? 1 : 0);
  }
  return text.size() - 1;
}

/// Where text is first nested too deep, by the parts of a key or by brackets. toml++ limits only
/// brackets, and a table of long keys would overflow the stack when it goes.
std::optional<size_t> find_too_deep(std::string_view text) {
  size_t parts = 1;
  size_t open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
      case '\'':
        i = end_of_string(text, i);
        break;
      case '#':
        i = std::min(text.find('\n', i), text.size()) - 1;
        break;
      case '.':
        ++parts;
        break;
      case '[':
      case '{':
        ++open;
        parts = 1;
        break;
      case ']':
      case '}':
        open -= std::min<size_t>(open, 1);
        parts = 1;
        break;
      case '\n':
      case '=':
      case ',':
        parts = 1;
        break;
      default:
        break;
    }
    if (std::max(parts, open) > kDeepest) return i;
  }
  return std::nullopt;
}

/// Neither a trace that was taken for a configuration nor a device without an end is read far.
std::string read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw InputError(path, "is a directory, not a file");
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 1 << 16> part;
  do {
    file.read(part.data(), part.size());
    text.append(part.data(), static_cast<size_t>(file.gcount()));
    if (const size_t zero = text.find('\0', text.size() - static_cast<size_t>(file.gcount()));
        zero != std::string::npos)
      throw InputError(path, fmt::format("is no TOML file but binary (byte {} is 0); a trace is "
                                         "given by --trace, or as the key trace",
                                         zero));
    if (text.size() > kLargest)
      throw InputError(path, fmt::format("is larger than {} MiB: no TOML file that somebody wrote",
                                         kLargest >> 20));
  } while (file);
  if (!file.is_open() || file.bad())
    throw InputError(path, std::string("cannot be read: ") + std::strerror(errno));
  return text;
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
  if (const auto place = find_too_deep(text)) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(*place), '\n');
    throw InputError(file, static_cast<uint64_t>(line),
                     fmt::format("is nested too deep: a key has at most {} parts, and as many "
                                 "brackets are open at once",
                                 kDeepest));
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw InputError(file, error.source().begin.line, std::string(error.description()));
  }
}

toml::table parse_toml_file(const std::string& path) {
  return parse_toml(read_file(path), path);
}

}  // namespace nestwalk
