// SPDX-License-Identifier: Apache-2.0
#include "sim/process/kept_results.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

using Json = KeptResults::Json;

/// How each line begins.
constexpr char kFront[] = "{\"build\":";

bool is_result(const Json& json) {
  const auto has = [&json](const char* name, Json::value_t type) {
    return json.contains(name) && json.at(name).type() == type;
  };
  return has("build", Json::value_t::string) && has("name", Json::value_t::string) &&
         has("parameters", Json::value_t::object) && has("result", Json::value_t::object);
}

}  // namespace

KeptResults::KeptResults(std::string file, std::string build)
    : file_(std::move(file)), build_(std::move(build)) {
  if (file_ == "-") throw InputError("results are kept in a file, not on a pipe");
  std::error_code error;
  const auto type = std::filesystem::status(file_, error).type();
  if (type == std::filesystem::file_type::not_found) return;
  std::ifstream input;
  if (type == std::filesystem::file_type::regular) input.open(file_);
  if (!input.is_open())
    throw InputError(file_, "cannot be read as a file; results are kept in one");
  std::string line;
  for (bool first = true; std::getline(input, line); first = false) {
    if (first && line.rfind(kFront, 0) != 0)
      throw InputError(file_, "holds something else than kept results: its first line is none");
    cut_off_ = input.eof();
    const Json json = Json::parse(line, nullptr, false);
    if (is_result(json)) kept_[json["name"]] = {json["build"], json["parameters"], json["result"]};
  }
}

const Json* KeptResults::find(const std::string& name, const Json& parameters) const {
  const auto found = kept_.find(name);
  if (found == kept_.end() || found->second.build != build_ ||
      found->second.parameters != parameters)
    return nullptr;
  return &found->second.result;
}

void KeptResults::keep(const std::string& name, const Json& parameters, const Json& result) {
  const Json line{
      {"build", build_}, {"name", name}, {"parameters", parameters}, {"result", result}};
  std::ofstream output(file_, std::ios::app);
  output << (cut_off_ ? "\n" : "") << line.dump() << '\n' << std::flush;
  if (!output) throw std::runtime_error(file_ + ": cannot be written");
  cut_off_ = false;
  kept_[name] = {build_, parameters, result};
}

}  // namespace nestwalk
