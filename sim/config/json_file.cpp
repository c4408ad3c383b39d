// SPDX-License-Identifier: Apache-2.0
#include "sim/config/json_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/config/input_error.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// All that goes through a document does so by recursion.
constexpr int kDeepest = 32;

template <class Input>
Json parse(Input& input, const std::string& name) {
  const auto is_kept = [&name](int depth, Json::parse_event_t, const Json&) {
    if (depth <= kDeepest) return true;
    throw InputError(
        name, fmt::format("is nested too deep: at most {} brackets are open at once", kDeepest));
  };
  try {
    return Json::parse(input, is_kept);
  } catch (const Json::parse_error& error) {
    throw InputError(fmt::format("{}: byte {}", name, error.byte), "is no JSON, or cut short");
  } catch (const Json::out_of_range&) {
    throw InputError(name, "holds a number above 1.8e308, the largest that is read");
  } catch (const std::ios_base::failure& error) {
    throw InputError(name, "cannot be read: " + error.code().message());
  }
}

}  // namespace

Json parse_json(const std::string& text, const std::string& name) {
  return parse(text, name);
}

Json parse_json_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw InputError(path, std::string("cannot be opened: ") + std::strerror(errno));
  return parse(file, path);
}

}  // namespace nestwalk
