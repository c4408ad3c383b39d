// SPDX-License-Identifier: Apache-2.0
#include "sim/config/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// All that goes through a document does so by recursion.
constexpr int kDeepest = 32;

/// Brackets that are open at once; strings may hold any.
int depth(const std::string& text) {
  int deepest = 0;
  int open = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"')
      in_string = !in_string;
    else if (in_string)
      i += c == '\\' ? 1 : 0;
    else if (c == '[' || c == '{')
      deepest = std::max(deepest, ++open);
    else if (c == ']' || c == '}')
      --open;
  }
  return deepest;
}

[[noreturn]] void fail_at(const std::string& name, size_t byte) {
  throw InputError(fmt::format("{}: byte {}", name, byte), "is no JSON, or cut short");
}

}  // namespace

Json parse_json(const std::string& text, const std::string& name) {
  // Not by the library's call-backs, which take the square of the elements of an array.
  if (depth(text) > kDeepest)
    throw InputError(
        name, fmt::format("is nested too deep: at most {} brackets are open at once", kDeepest));
  // The library takes it for the end.
  if (const size_t zero = text.find('\0'); zero != text.npos) fail_at(name, zero + 1);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    fail_at(name, error.byte);
  } catch (const Json::out_of_range&) {
    throw InputError(name, "holds a number above 1.8e308, the largest that is read");
  }
}

Json parse_json_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw InputError(path, std::string("cannot be opened: ") + std::strerror(errno));
  try {
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_json(text, path);
  } catch (const std::ios_base::failure& error) {
    throw InputError(path, "cannot be read: " + error.code().message());
  }
}

}  // namespace nestwalk
